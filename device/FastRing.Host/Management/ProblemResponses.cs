using System.Text.Json;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Management;

/// <summary>Makes problem details (RFC 9457) of everything that goes wrong with a request.</summary>
internal sealed class ProblemResponses(ILogger logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            await DescribeAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to hear of it.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            ProblemException problem = Of(e);
            if (problem.Status == StatusCodes.Status500InternalServerError)
            {
                logger.LogRequestFault(context.Request.Method, context.Request.Path.ToUriComponent(), e);
            }

            await WriteAsync(context, problem.Status, problem.Message);
        }
    }

    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        var problem = new ProblemDetails { Status = status, Title = ReasonPhrases.GetReasonPhrase(status), Detail = detail };
        return context.Response.WriteAsJsonAsync(problem, ApiJson.Wire.ProblemDetails, "application/problem+json", context.RequestAborted);
    }

    private static ProblemException Of(Exception e) => e switch
    {
        ProblemException problem => problem,
        BadHttpRequestException bad => Of(bad),
        InvalidOperationException { InnerException: ArgumentException } charset when charset.Message.Contains("charset", StringComparison.Ordinal) =>
            new ProblemException(StatusCodes.Status415UnsupportedMediaType, "the body's charset is not known here: UTF-8 is expected"),
        UsageException usage => new ProblemException(StatusCodes.Status422UnprocessableEntity, usage.Message),
        TimeoutException => new ProblemException(StatusCodes.Status503ServiceUnavailable, "the guest's worker, or a change before this one, takes too long; it may still come about"),
        ObjectDisposedException => new ProblemException(StatusCodes.Status404NotFound, "the guest or port went away meanwhile"),
        _ => new ProblemException(StatusCodes.Status500InternalServerError, "the daemon's own mistake; its log has more"),
    };

    /// <summary>What the framework found wrong with a body. It names the handler's parameters, which nobody but us knows.</summary>
    private static ProblemException Of(BadHttpRequestException bad) => new(bad.StatusCode, bad.StatusCode switch
    {
        _ when WhatBodiesAre(bad.StatusCode) is { } rule => rule,
        _ when bad.InnerException is JsonException json => $"the body: {PlainJson.Message(json)}",
        _ when bad.Message.Contains("was not provided from body", StringComparison.Ordinal) => "the body is missing: a JSON object is expected",
        _ => bad.Message,
    });

    /// <summary>Says more where the framework answers with a number.</summary>
    private static Task DescribeAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        if (response.HasStarted || response.StatusCode < StatusCodes.Status400BadRequest || response.ContentLength is not null || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        string what = $"{context.Request.Method} {context.Request.Path.ToUriComponent()}";
        return WriteAsync(context, response.StatusCode, response.StatusCode switch
        {
            StatusCodes.Status404NotFound => $"there is no {what}; /openapi/v1.json tells what there is",
            StatusCodes.Status405MethodNotAllowed => $"there is no {what}, only {response.Headers.Allow}",
            int status => WhatBodiesAre(status) ?? what,
        });
    }

    private static string? WhatBodiesAre(int status) => status switch
    {
        StatusCodes.Status415UnsupportedMediaType => "the body has to be JSON: Content-Type: application/json",
        StatusCodes.Status413PayloadTooLarge => $"the body is larger than {ManagementServer.MaxBodyBytes} bytes",
        _ => null,
    };
}
