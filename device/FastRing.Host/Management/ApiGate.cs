using FastRing.Console.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Management;

/// <summary>Lets a request in or not, by who connected; and puts on record who changed, or tried to change, what.</summary>
internal sealed class ApiGate(ApiAccess access, ILogger logger)
{
    private readonly LineRate _refusals = new(TimeSpan.FromSeconds(1));

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        LocalPeer caller = context.Features.GetRequiredFeature<LocalPeer>();
        ApiRole role = access.RoleOf(caller);
        bool isLook = HttpMethods.IsGet(context.Request.Method);
        if (isLook && role is (ApiRole.Reader or ApiRole.Admin))
        {
            await next(context);
        }
        else if (role == ApiRole.Admin)
        {
            await ChangeAsync(context, next, caller);
        }
        else
        {
            await RefuseAsync(context, caller, role);
        }
    }

    /// <summary>On record as soon as it is answered: a recording of a port is for as long as somebody reads it.</summary>
    private async Task ChangeAsync(HttpContext context, RequestDelegate next, LocalPeer caller)
    {
        bool isOnRecord = false;
        void Log()
        {
            if (!isOnRecord)
            {
                isOnRecord = true;
                logger.LogChange(caller.ToString(), context.Request.Method, Target(context), context.Response.StatusCode);
            }
        }

        context.Response.OnStarting(() =>
        {
            Log();
            return Task.CompletedTask;
        });
        try
        {
            await next(context);
        }
        finally
        {
            Log();
        }
    }

    private Task RefuseAsync(HttpContext context, LocalPeer caller, ApiRole role)
    {
        if (_refusals.MayWrite())
        {
            logger.LogRefused(caller.ToString(), context.Request.Method, Target(context));
        }

        context.Response.Headers.Connection = "close";
        return ProblemResponses.WriteAsync(context, StatusCodes.Status403Forbidden, role == ApiRole.Reader
            ? $"uid {caller.Credentials.UserId} may look, not change anything (api.readers, not api.admins)"
            : $"uid {caller.Credentials.UserId} is neither among api.readers nor among api.admins");
    }

    /// <summary>As it was sent, still escaped: nothing in it can pass for a line of the log.</summary>
    private static string Target(HttpContext context) => context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
}
