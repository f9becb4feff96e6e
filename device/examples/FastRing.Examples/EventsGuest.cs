using System.Diagnostics;
using System.Text.RegularExpressions;
using FastRing.Guest;

namespace FastRing.Examples;

/// <summary>The guest's side: acknowledges an event, then runs the command that was configured for it.</summary>
internal static partial class EventsGuest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(string port, string[] actions, CancellationToken stop)
    {
        Dictionary<string, string> commands = actions
            .Select(a => a.Split('=', 2))
            .ToDictionary(a => a[0], a => a.Length == 2 ? a[1] : throw new ArgumentException($"'{a[0]}' has no command"));
        await using var channel = new ResilientChannel(port);
        await foreach (ChannelSession session in channel.SessionsAsync(stop))
        {
            try
            {
                await ServeAsync(session, commands, stop);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                Console.Error.WriteLine($"session {session.Number}: {e.Message}");
            }
        }
    }

    private static async Task ServeAsync(ChannelSession session, Dictionary<string, string> commands, CancellationToken stop)
    {
        var lines = new EventLines(session);
        while (await lines.ReadAsync(stop) is { } words)
        {
            string user = words.Length == 3 ? words[2] : "";
            bool isKnown = words.Length is 2 or 3 && commands.ContainsKey(words[1]) && (words[1] == "logoff" ? UserName().IsMatch(user) : user.Length == 0);
            await lines.WriteAsync(isKnown ? $"{words[0]} ok" : $"{words[0]} error not understood", stop);
            if (isKnown)
            {
                // The host's program leaves once it has read the answer: only then is it safe to take the machine down.
                await Task.WhenAny(Task.Delay(Timeout.Infinite, session.Ended), Task.Delay(Patience, stop));
                using Process command = Process.Start("/bin/sh", ["-c", commands[words[1]], words[1], user]);
                await command.WaitForExitAsync(stop);
            }
        }
    }

    [GeneratedRegex(@"\A[a-z_][a-z0-9_-]{0,31}\z")]
    private static partial Regex UserName();
}
