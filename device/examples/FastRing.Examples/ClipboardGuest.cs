using FastRing.Guest;

namespace FastRing.Examples;

/// <summary>The guest's side: shares the clipboard with whichever program is at the host's end of the port.</summary>
internal static class ClipboardGuest
{
    public static async Task RunAsync(string port, string file, CancellationToken stop)
    {
        var clipboard = new Clipboard(file, winsTies: false);
        await using var channel = new ResilientChannel(port);
        await foreach (ChannelSession session in channel.SessionsAsync(stop))
        {
            try
            {
                await clipboard.ShareAsync(session, stop);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                // A host program that does not keep to the protocol is heard no more; the next one is.
                Console.Error.WriteLine($"session {session.Number}: {e.Message}");
            }
        }
    }
}
