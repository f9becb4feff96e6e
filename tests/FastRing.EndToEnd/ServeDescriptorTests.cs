using FastRing.Interop;

namespace FastRing.EndToEnd;

/// <summary>A daemon that may open few files, or whose clients open many.</summary>
[Collection(nameof(Alone))]
public sealed class ServeDescriptorTests
{
    /// <summary>The runtime itself could not go on.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(140)]
    [InlineData(400)]
    public async Task Too_few_descriptors_are_said_before_anything_is_made(int limit)
    {
        using var folder = new TemporaryFolder();
        (int exit, string output, string error) = await Programs.TryRunAsync(
            "bash", ["-c", $"ulimit -n {limit}; exec {Programs.FastRing} serve --socket-path {folder["v.sock"]} --port a=unix:{folder["a.sock"]}"]);
        Assert.Equal(2, exit);
        Assert.Matches($@"^fastring: needs up to \d+ open files and may have {limit}: .*ulimit -n.*\n$", error);
        Assert.Empty(output);
        Assert.Empty(Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public async Task A_daemon_whose_clients_take_all_descriptors_there_are_still_answers_and_ends_in_order()
    {
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(
            ["-c", $"ulimit -n 560; exec {Programs.FastRing} serve --socket-path {folder["v.sock"]} --max-ports 4 --console hub:{folder["hub.sock"]} --port a=unix:{folder["a.sock"]} --api {folder["api.sock"]}"], "bash");
        string[] list = ["list", "--api", folder["api.sock"], "--json"];
        await Programs.RunAsync(Programs.FastRing, list); // The API's libraries are loaded when it first answers, and the runtime has two descriptors for each.
        var clients = new List<OwnedFd>();
        try
        {
            while (clients.Count < 600 && TryConnect(folder["hub.sock"]) is { } client)
            {
                clients.Add(client);
            }

            await daemon.UntilLogAsync("Too many open files");

            (int exit, string listed, string error) = await Programs.TryRunAsync(Programs.FastRing, list);
            Assert.True(exit == 0, error);
            Assert.Contains("\"a\"", listed, StringComparison.Ordinal);
            Assert.Equal(0, await daemon.TerminateAsync());
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }

        Assert.Empty(Directory.GetFiles(folder.FullName));
    }

    /// <summary>Null: so many wait to be let in that there is no room for another. Those before were let in, or turned away.</summary>
    private static OwnedFd? TryConnect(string path)
    {
        for (int i = 0; i < 100; i++)
        {
            try
            {
                return UnixSocket.ConnectNonBlocking(path);
            }
            catch (LinuxException e) when (e.Errno == 11 /* EAGAIN */)
            {
                Thread.Sleep(10);
            }
        }

        return null;
    }
}
