using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

public sealed class FileEndpointTests
{
    [Fact]
    public void What_the_guest_writes_is_appended()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["log"], "before ");
        using (var console = new TestConsole(new PortOptions("log", new FileEndpoint(folder["log"]))))
        {
            console.StartDriver();
            console.Write(console.Open("log"), Pattern.Bytes(0, 1 << 20));
            console.Until(() => console.PortOf("log").Counters.BytesToHost == 1 << 20, "all written");
        }

        byte[] all = File.ReadAllBytes(folder["log"]);
        Assert.Equal("before "u8.ToArray(), all[..7]);
        Assert.Equal(7 + (1 << 20), all.Length);
        Pattern.AssertIs(all.AsSpan(7), 0);
    }

    [Fact]
    public void A_new_file_is_its_owners_alone()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FileEndpoint(folder["log"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["log"]));
    }

    [Fact]
    public void A_full_disk_closes_the_port_and_says_why()
    {
        using var console = new TestConsole(new PortOptions("log", new FileEndpoint("/dev/full")) { WhenClientLeaves = DisconnectPolicy.Keep });
        var control = new ControlDriver(console);
        var port = new RawPort(console.Transport, 1);
        control.Say(1, ControlEvent.PortReady);

        port.TryAdd(new byte[100]);
        port.TryAdd(new byte[100]);
        port.Transmit.PublishAndKick();

        Assert.Equal(["PortName 1 1 log", "PortOpen 1 1", "PortOpen 1 0"], control.Heard);
        Assert.Equal(0, port.Reclaim()); // Held: the guest's writers wait instead of losing bytes.
        Assert.Contains(console.Logger.Lines, l => l.Contains("No space left", StringComparison.Ordinal));
        Assert.Single(console.Logger.Lines);
    }

    [Fact]
    public void A_file_that_can_not_be_opened_is_refused_at_once() =>
        Assert.Throws<LinuxException>(() => new FileEndpoint("/nonexistent/log"));
}
