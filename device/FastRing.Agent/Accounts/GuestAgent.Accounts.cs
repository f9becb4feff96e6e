using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FastRing.Agent;

public sealed partial class GuestAgent
{
    /// <summary>Who is logged in: each account once, with its earliest login (<c>guest-get-users</c>).</summary>
    public Task<IReadOnlyList<GuestUser>> GetUsersAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-users", null, AgentJson.Default.IReadOnlyListGuestUser, cancellationToken);

    /// <summary>Sets an account's password (<c>guest-set-user-password</c>).</summary>
    /// <param name="userName">The account.</param>
    /// <param name="password">The password, or what crypt made of it.</param>
    /// <param name="isCrypted">Which of these it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task SetUserPasswordAsync(string userName, string password, bool isCrypted = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        ArgumentNullException.ThrowIfNull(password);
        return RunAsync("guest-set-user-password", Write, cancellationToken);

        void Write(Utf8JsonWriter json)
        {
            json.WriteString("username", userName);
            json.WriteBase64String("password", Encoding.UTF8.GetBytes(password));
            json.WriteBoolean("crypted", isCrypted);
        }
    }

    /// <summary>Which ssh keys let a user in (<c>guest-ssh-get-authorized-keys</c>).</summary>
    /// <returns>Lines of authorized_keys.</returns>
    public async Task<IReadOnlyList<string>> GetAuthorizedKeysAsync(string userName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        GuestAuthorizedKeys answer = await CallAsync(
            "guest-ssh-get-authorized-keys", json => json.WriteString("username", userName), AgentJson.Default.GuestAuthorizedKeys, cancellationToken)
            .ConfigureAwait(false);
        return answer.Keys;
    }

    /// <summary>Lets more ssh keys in (<c>guest-ssh-add-authorized-keys</c>).</summary>
    /// <param name="userName">The account.</param>
    /// <param name="keys">Lines of authorized_keys.</param>
    /// <param name="reset">Whether those that were there are dropped.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task AddAuthorizedKeysAsync(string userName, IReadOnlyList<string> keys, bool reset = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        ArgumentNullException.ThrowIfNull(keys);
        return RunAsync("guest-ssh-add-authorized-keys", Write, cancellationToken);

        void Write(Utf8JsonWriter json)
        {
            json.WriteString("username", userName);
            WriteStrings(json, "keys", keys);
            json.WriteBoolean("reset", reset);
        }
    }

    /// <summary>Lets ssh keys in no more (<c>guest-ssh-remove-authorized-keys</c>). One that is not there is no error.</summary>
    public Task RemoveAuthorizedKeysAsync(string userName, IReadOnlyList<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        ArgumentNullException.ThrowIfNull(keys);
        return RunAsync("guest-ssh-remove-authorized-keys", Write, cancellationToken);

        void Write(Utf8JsonWriter json)
        {
            json.WriteString("username", userName);
            WriteStrings(json, "keys", keys);
        }
    }

    /// <summary>
    /// Ends a user's sessions. The agent has no command for it: this runs <c>loginctl terminate-user</c> in the guest, or on Windows <c>logoff</c>.
    /// </summary>
    /// <exception cref="AgentException">The guest has neither program, or it failed: with its own words.</exception>
    public async Task LogOffAsync(string userName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        if (userName[0] is '-' or '/')
        {
            throw new ArgumentException($"'{userName}' would be taken for an option", nameof(userName));
        }

        GuestOsInfo system = await GetOsInfoAsync(cancellationToken).ConfigureAwait(false);
        if (!system.IsWindows)
        {
            await RunForLogOffAsync(userName, new GuestCommand("loginctl", "terminate-user", userName), cancellationToken).ConfigureAwait(false);
            return;
        }

        GuestExecResult sessions = await RunForLogOffAsync(userName, new GuestCommand("quser.exe", userName), cancellationToken).ConfigureAwait(false);
        foreach (string session in WindowsSessions.Of(userName, sessions.OutputText))
        {
            await RunForLogOffAsync(userName, new GuestCommand("logoff.exe", session), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<GuestExecResult> RunForLogOffAsync(string userName, GuestCommand command, CancellationToken cancellationToken)
    {
        GuestExecResult result;
        try
        {
            result = await ExecAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException e) when (e.ErrorClass is not null)
        {
            throw new AgentException($"the guest can't log {userName} off, as its agent can't run {command.Path}: {e.Description}", e) { Command = e.Command, ErrorClass = e.ErrorClass, Description = e.Description };
        }

        if (result.ExitCode == 0)
        {
            return result;
        }

        string said = result.ErrorText.Trim().ReplaceLineEndings(" ");
        string end = result.ExitCode is { } code ? code.ToString(CultureInfo.InvariantCulture) : $"signal {result.Signal}";
        throw new AgentException($"the guest did not log {userName} off: {command.Path} ended with {end}: {said}") { Command = "guest-exec" };
    }
}
