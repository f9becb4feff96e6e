using System.Globalization;
using System.Text;
using System.Text.Json;
using FastRing.Console.Endpoints;
using FastRing.Interop;
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

    /// <summary>The most all readers together may have.</summary>
    public const int MostOfReaders = 96;

    /// <summary>The most of those who may do nothing but be told so.</summary>
    public const int MostOfStrangers = 16;

    /// <summary>Of the descriptors kept from other clients these are kept from the API's, too.</summary>
    private const int Reserve = OpenFileLimit.Reserve / 2;

    /// <summary>How many of those who are turned away are heard first.</summary>
    private const int MostHeard = 16;

    /// <summary>How long one that is turned away has to say what it wants: an answer before the question is lost where the connection ends first.</summary>
    private static readonly TimeSpan s_question = TimeSpan.FromSeconds(1);

    private readonly Dictionary<uint, int> _users = [];
    private readonly int[] _roles = new int[Enum.GetValues<ApiRole>().Length];
    private readonly Lock _lock = new();
    private int _heard;

    /// <summary>Serves a connection, or says why not.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="fd">Its descriptor.</param>
    /// <param name="caller">Who it is.</param>
    /// <param name="next">Serves it.</param>
    public async Task ServeAsync(ConnectionContext connection, int fd, LocalPeer caller, ConnectionDelegate next)
    {
        if (OpenFileLimit.IsOfReserve(fd, Reserve))
        {
            return; // Nothing that would take another descriptor.
        }

        ApiRole role = access.RoleOf(caller);
        uint user = caller.Credentials.UserId;
        if (!TryEnter(user, role))
        {
            await RefuseAsync(connection, user);
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(user, role);
        }
    }

    private static int MostOf(ApiRole role) => role switch
    {
        ApiRole.Admin => int.MaxValue,
        ApiRole.Reader => MostOfReaders,
        _ => MostOfStrangers,
    };

    private bool TryEnter(uint user, ApiRole role)
    {
        lock (_lock)
        {
            int before = _users.GetValueOrDefault(user);
            if (before >= MostOfUser || _roles[(int)role] >= MostOf(role))
            {
                return false;
            }

            _users[user] = before + 1;
            _roles[(int)role]++;
            return true;
        }
    }

    private void Leave(uint user, ApiRole role)
    {
        lock (_lock)
        {
            _roles[(int)role]--;
            if (--_users[user] == 0)
            {
                _users.Remove(user);
            }
        }
    }

    private async Task RefuseAsync(ConnectionContext connection, uint user)
    {
        try
        {
            if (Interlocked.Increment(ref _heard) <= MostHeard)
            {
                await HearAsync(connection);
            }

            await connection.Transport.Output.WriteAsync(Refusal(user));
        }
        finally
        {
            Interlocked.Decrement(ref _heard);
        }
    }

    private static async Task HearAsync(ConnectionContext connection)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        late.CancelAfter(s_question);
        try
        {
            await connection.Transport.Input.ReadAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            // It says nothing.
        }
    }

    /// <summary>An answer, whatever the request.</summary>
    private static byte[] Refusal(uint user)
    {
        const int Status = StatusCodes.Status503ServiceUnavailable;
        string reason = ReasonPhrases.GetReasonPhrase(Status);
        var problem = new ProblemDetails
        {
            Status = Status,
            Title = reason,
            Detail = string.Create(CultureInfo.InvariantCulture, $"too many connections: uid {user} may have {MostOfUser}, all readers together {MostOfReaders}"),
        };
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Wire.ProblemDetails);
        byte[] head = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {Status} {reason}\r\nContent-Type: application/problem+json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
        return [.. head, .. body];
    }
}
