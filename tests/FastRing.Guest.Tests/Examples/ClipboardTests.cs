using FastRing.Examples;
using FastRing.Guest.Tests.Support;
using FastRing.Interop;

namespace FastRing.Guest.Tests.Examples;

public sealed class ClipboardTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-clipboard-");
    private readonly CancellationTokenSource _stop = new();

    private string Guest => Path.Combine(_folder.FullName, "guest");

    private string Host => Path.Combine(_folder.FullName, "host");

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Changes_go_both_ways()
    {
        await using Shared shared = Share();
        await File.WriteAllTextAsync(Guest, "from the guest");
        await UntilAsync(Host, "from the guest");
        await File.WriteAllTextAsync(Host, "from the host");
        await UntilAsync(Guest, "from the host");
        await File.WriteAllTextAsync(Guest, "");
        await UntilAsync(Host, "");
    }

    [Fact]
    public async Task Of_two_changes_at_once_the_hosts_stays_on_both_sides()
    {
        await File.WriteAllTextAsync(Guest, "guest's");
        await File.WriteAllTextAsync(Host, "host's");

        await using Shared shared = Share();

        await UntilAsync(Guest, "host's");
        await Task.Delay(500);
        Assert.Equal("host's", await File.ReadAllTextAsync(Guest));
        Assert.Equal("host's", await File.ReadAllTextAsync(Host));
    }

    [Fact]
    public async Task Nothing_echoes()
    {
        await using Shared shared = Share();
        await File.WriteAllTextAsync(Guest, "once");
        await UntilAsync(Host, "once");
        DateTime written = File.GetLastWriteTimeUtc(Guest);
        DateTime received = File.GetLastWriteTimeUtc(Host);

        await Task.Delay(1000);

        Assert.Equal(written, File.GetLastWriteTimeUtc(Guest));
        Assert.Equal(received, File.GetLastWriteTimeUtc(Host));
    }

    [Fact]
    public async Task A_file_that_is_too_long_or_no_text_is_not_shared()
    {
        await using Shared shared = Share();
        await File.WriteAllBytesAsync(Guest, new byte[ClipboardFrame.MaxBytes + 1]);
        await Task.Delay(300);
        await File.WriteAllBytesAsync(Guest, [0xff, 0xfe]);
        await Task.Delay(300);
        Assert.False(File.Exists(Host));

        await File.WriteAllTextAsync(Guest, "text");
        await UntilAsync(Host, "text");
    }

    private static Task UntilAsync(string file, string text) =>
        Eventually.IsAsync(() => File.Exists(file) && File.ReadAllText(file) == text, $"{Path.GetFileName(file)} has the text '{text}'");

    private Shared Share()
    {
        (OwnedFd guest, OwnedFd host) = UnixSocket.Pair();
        guest.SetNonBlocking();
        host.SetNonBlocking();
        GuestChannel[] ends = [GuestChannel.Over(guest, "guest"), GuestChannel.Over(host, "host")];
        return new Shared(
            ends,
            [new Clipboard(Guest, winsTies: false).ShareAsync(ends[0], _stop.Token), new Clipboard(Host, winsTies: true).ShareAsync(ends[1], _stop.Token)],
            _stop);
    }

    private sealed record Shared(GuestChannel[] Ends, Task[] Sides, CancellationTokenSource Stop) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Stop.CancelAsync();
            await Task.WhenAll(Sides).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Array.ForEach(Ends, e => e.Dispose());
        }
    }
}
