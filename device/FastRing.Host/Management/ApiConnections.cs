using System.Globalization;
using System.Text;
using System.Text.Json;
using FastRing.Console.Endpoints;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace FastRing.Host.Management;

/// <summary>Counts connections, so that a user who opens many, and says nothing, keeps out nobody else.</summary>
internal sealed class ApiConnections(ApiAccess access)
{
    /// <summary>The most one user may have.</summary>
    public const int MostOfUser = 48;

    /// <summary>The most all users together may have who are not admins.</summary>
    public const int MostOfOthers = 96;

    private readonly Dictionary<uint, int> _users = [];
    private readonly Lock _lock = new();
    private int _others;

    /// <summary>Serves a connection, or says why not.</summary>
    public async Task ServeAsync(ConnectionContext connection, LocalPeer caller, ConnectionDelegate next)
    {
        bool isAdmin = access.RoleOf(caller) == ApiRole.Admin;
        uint user = caller.Credentials.UserId;
        if (!TryEnter(user, isAdmin))
        {
            await connection.Transport.Output.WriteAsync(Refusal(user));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(user, isAdmin);
        }
    }

    private bool TryEnter(uint user, bool isAdmin)
    {
        lock (_lock)
        {
            int before = _users.GetValueOrDefault(user);
            if (before >= MostOfUser || (!isAdmin && _others >= MostOfOthers))
            {
                return false;
            }

            _users[user] = before + 1;
            _others += isAdmin ? 0 : 1;
            return true;
        }
    }

    private void Leave(uint user, bool isAdmin)
    {
        lock (_lock)
        {
            _others -= isAdmin ? 0 : 1;
            if (--_users[user] == 0)
            {
                _users.Remove(user);
            }
        }
    }

    /// <summary>An answer before there was a request.</summary>
    private static byte[] Refusal(uint user)
    {
        const int Status = StatusCodes.Status503ServiceUnavailable;
        string reason = ReasonPhrases.GetReasonPhrase(Status);
        var problem = new ProblemDetails
        {
            Status = Status,
            Title = reason,
            Detail = string.Create(CultureInfo.InvariantCulture, $"too many connections: uid {user} may have {MostOfUser}, all who are not admins {MostOfOthers}"),
        };
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Wire.ProblemDetails);
        byte[] head = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {Status} {reason}\r\nContent-Type: application/problem+json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
        return [.. head, .. body];
    }
}
