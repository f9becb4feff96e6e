using System.Net.Sockets;
using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Endpoints;

/// <summary>Descriptors: none left, and none leaked.</summary>
[Collection(nameof(Alone))]
public sealed class DescriptorTests
{
    [Fact]
    public void A_client_that_can_not_be_accepted_for_want_of_descriptors_is_served_later()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("a", new UnixListenEndpoint(folder["a"])));
        console.StartDriver();
        var port = console.Driver.FindPort("a")!;
        for (int round = 1; round <= 2; round++)
        {
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            using (new OpenFileLimit())
            {
                client.Connect(new UnixDomainSocketEndPoint(folder["a"]));
                Eventually.Is(() => console.Logger.Lines.Count == round, "a report");
                Assert.False(port.IsHostOpen);
            }

            port.Open();
            console.Until(() => port.IsHostOpen, "host open");
            client.Dispose();
            console.Until(() => !port.IsHostOpen, "host closed");
        }

        Assert.All(console.Logger.Lines, l => Assert.Contains("Too many open files", l, StringComparison.Ordinal));
    }

    [Fact]
    public void A_thousand_clients_leave_no_descriptor_behind()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("a", new UnixListenEndpoint(folder["a"])));
        console.StartDriver();
        var port = console.Driver.FindPort("a")!;
        port.Open();
        int before = 0;
        for (int i = 0; i < 1000; i++)
        {
            using (HostClient client = HostClient.Connect(folder["a"]))
            {
                client.Send("x"u8);
            }

            console.Read(port, 1);
            console.Until(() => !IsOpen(console), "client gone");
            before = i == 100 ? Fds : before;
        }

        Assert.InRange(Fds, 0, before + 5); // The runtime may have opened something of its own.
    }

    private static int Fds => Directory.GetFiles("/proc/self/fd").Length;

    private static bool IsOpen(TestConsole console)
    {
        bool isOpen = false;
        console.OnWorker(() => isOpen = console.PortOf("a").Endpoint!.IsOpen);
        return isOpen;
    }
}
