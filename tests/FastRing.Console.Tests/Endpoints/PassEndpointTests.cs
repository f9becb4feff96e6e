using System.Text;
using System.Text.Json;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

/// <summary>Clients that are handed a socket of their own.</summary>
[Collection(nameof(Alone))]
public sealed class PassEndpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestConsole _console;

    public PassEndpointTests()
    {
        _console = new TestConsole(new PortOptions("org.example.0", new PassEndpoint(_folder["a"])));
        _console.StartDriver();
    }

    public void Dispose()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_client_is_told_whose_socket_it_gets_and_talks_to_the_guest_over_it()
    {
        using OwnedFd rendezvous = UnixSocket.Connect(_folder["a"]);
        (OwnedFd socket, string header) = Take(rendezvous);
        using (socket)
        {
            Assert.Equal(0, rendezvous.Read(new byte[1])); // Its end.
            Assert.EndsWith("\n", header, StringComparison.Ordinal);
            JsonElement told = JsonDocument.Parse(header).RootElement;
            Assert.Equal("org.example.0", told.GetProperty("port").GetString());
            Assert.Equal((uint)1, told.GetProperty("session").GetProperty("hostOpens").GetUInt32());
            Assert.Equal(_console.Device.Drivers, told.GetProperty("session").GetProperty("guest").GetUInt32());
            Assert.Equal(_console.PortOf("org.example.0").Session.HostOpens, told.GetProperty("session").GetProperty("hostOpens").GetUInt32());

            DriverPort port = _console.Open("org.example.0");
            socket.Write("question"u8);
            Assert.Equal("question"u8.ToArray(), _console.Read(port, 8));
            _console.Write(port, "answer"u8);
            var answer = new byte[6];
            Assert.Equal(6, socket.Read(answer));
            Assert.Equal("answer"u8.ToArray(), answer);
        }

        _console.Until(() => !_console.Driver.FindPort("org.example.0")!.IsHostOpen, "host closed");
    }

    [Fact]
    public void The_next_waits_until_every_copy_of_the_socket_is_closed()
    {
        DriverPort port = _console.Driver.FindPort("org.example.0")!;
        port.Open();
        using OwnedFd first = UnixSocket.Connect(_folder["a"]);
        (OwnedFd socket, _) = Take(first);
        OwnedFd copy = socket.Duplicate(); // As another program has it.
        using OwnedFd second = UnixSocket.Connect(_folder["a"]);
        second.SetNonBlocking();
        socket.Dispose();
        _console.Settle();
        Assert.Equal(-Errno.EAGAIN, second.Read(new byte[1]));
        copy.Write("still mine"u8);
        Assert.Equal("still mine"u8.ToArray(), _console.Read(port, 10));

        copy.Dispose();
        second.SetNonBlocking(false);
        (OwnedFd next, string header) = Take(second);
        using (next)
        {
            Assert.Equal(2u, JsonDocument.Parse(header).RootElement.GetProperty("session").GetProperty("hostOpens").GetUInt32());
            next.Write("mine"u8);
            Assert.Equal("mine"u8.ToArray(), _console.Read(port, 4));
        }
    }

    [Fact]
    public async Task One_that_left_before_it_got_its_socket_leaves_the_port_to_the_next()
    {
        DriverPort port = _console.Driver.FindPort("org.example.0")!;
        port.Open();

        // One that did get its socket ends a session, and the next waits until the driver has dealt with that; only so many wait before connecting blocks.
        Task clients = Task.Run(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                UnixSocket.Connect(_folder["a"]).Dispose();
            }
        });
        _console.Until(() => clients.IsCompleted, "fifty clients");
        await clients;

        using OwnedFd rendezvous = UnixSocket.Connect(_folder["a"]);
        (OwnedFd socket, _) = Take(rendezvous);
        using (socket)
        {
            socket.Write("x"u8);
            Assert.Equal("x"u8.ToArray(), _console.Read(port, 1));
        }
    }

    [Fact]
    public async Task Disconnecting_ends_the_socket_that_was_handed_over()
    {
        using OwnedFd rendezvous = UnixSocket.Connect(_folder["a"]);
        (OwnedFd socket, _) = Take(rendezvous);
        using (socket)
        {
            await _console.PortOf("org.example.0").DisconnectAsync();
            Assert.Equal(0, socket.Read(new byte[1]));
        }

        Assert.Equal(_folder["a"], _console.PortOf("org.example.0").Address);
    }

    [Fact]
    public void A_thousand_clients_leave_no_descriptor_behind()
    {
        DriverPort port = _console.Driver.FindPort("org.example.0")!;
        port.Open();
        int before = 0;
        for (int i = 0; i < 1000; i++)
        {
            using OwnedFd rendezvous = UnixSocket.Connect(_folder["a"]);
            (OwnedFd socket, _) = Take(rendezvous);
            using (socket)
            {
                socket.Write("x"u8);
                _console.Read(port, 1);
            }

            before = i == 100 ? Fds : before;
        }

        Eventually.Is(() => Fds <= before + 5, "no more descriptors than before"); // The runtime may have opened something of its own.
    }

    private static int Fds => Directory.GetFiles("/proc/self/fd").Length;

    /// <summary>Waits for the socket. The driver is polled meanwhile: before it has dealt with the end of the last session there is no next.</summary>
    private (OwnedFd Socket, string Header) Take(OwnedFd rendezvous)
    {
        using var fds = new ReceivedFds();
        var bytes = new byte[1024];
        nint read = 0;
        rendezvous.SetNonBlocking();
        _console.Until(() => (read = ScmRights.Receive(rendezvous, bytes, fds)) != -Errno.EAGAIN, "handed over");
        rendezvous.SetNonBlocking(false);
        Assert.InRange(read, 1, bytes.Length);
        Assert.Equal(1, fds.Count);
        return (fds.Take(0), Encoding.UTF8.GetString(bytes, 0, (int)read));
    }
}
