using System.Diagnostics;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

public sealed class FifoEndpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_guest_sends_goes_out_and_what_it_gets_comes_in()
    {
        const int Count = 300_000;
        Make("p.in", "p.out");
        using var console = new TestConsole(new PortOptions("a", new FifoEndpoint(_folder["p"])));
        console.StartDriver();
        using OwnedFd reader = OwnedFd.OpenFifo(_folder["p.out"], write: false)!;
        using OwnedFd writer = OwnedFd.OpenFifo(_folder["p.in"], write: true)!;
        DriverPort port = console.Open("a");

        Task sending = Task.Run(() => Send(writer, Pattern.Bytes(0, Count)), TestContext.Current.CancellationToken);
        Pattern.AssertIs(console.Read(port, Count), 0);
        await sending;
        Task<byte[]> receiving = Task.Run(() => Receive(reader, Count), TestContext.Current.CancellationToken);
        console.Write(port, Pattern.Bytes(3, Count));
        Pattern.AssertIs(await receiving, 3);
    }

    [Fact]
    public void A_single_one_gets_what_the_guest_sends_and_its_reader_may_change()
    {
        Make("p");
        using var console = new TestConsole(new PortOptions("a", new FifoEndpoint(_folder["p"])));
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        port.Open();
        for (int i = 0; i < 3; i++)
        {
            using (OwnedFd reader = OwnedFd.OpenFifo(_folder["p"], write: false)!)
            {
                console.Until(() => port.IsHostOpen, "host open");
                console.Write(port, Pattern.Bytes(i, 100));
                Pattern.AssertIs(Receive(reader, 100), i);
            }

            console.Until(() => !port.IsHostOpen, "host closed");
        }
    }

    [Fact]
    public void The_port_is_open_while_a_writer_is_there_that_has_not_written()
    {
        Make("p.in", "p.out");
        using var console = new TestConsole(new PortOptions("a", new FifoEndpoint(_folder["p"])));
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        port.Open();
        for (int i = 0; i < 3; i++)
        {
            using (OwnedFd writer = OwnedFd.OpenFifo(_folder["p.in"], write: true)!)
            {
                console.Until(() => port.IsHostOpen, "host open");
                Assert.Equal(3, writer.Write("abc"u8));
            }

            Assert.Equal("abc"u8.ToArray(), console.Read(port, 3));
            console.Until(() => !port.IsHostOpen, "host closed");
        }
    }

    [Fact]
    public void A_writer_that_leaves_without_a_word_closes_the_port_that_no_program_in_the_guest_has_open()
    {
        Make("p.in", "p.out");
        using var console = new TestConsole(new PortOptions("a", new FifoEndpoint(_folder["p"])));
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        using (OwnedFd writer = OwnedFd.OpenFifo(_folder["p.in"], write: true)!)
        {
            console.Until(() => port.IsHostOpen, "host open");
        }

        console.Until(() => !port.IsHostOpen, "host closed");
    }

    [Fact]
    public async Task Who_is_sent_away_finds_the_end()
    {
        Make("p.in", "p.out");
        using var console = new TestConsole(new PortOptions("a", new FifoEndpoint(_folder["p"])) { WhenClientLeaves = DisconnectPolicy.Keep });
        console.StartDriver();
        using OwnedFd reader = OwnedFd.OpenFifo(_folder["p.out"], write: false)!;
        using OwnedFd writer = OwnedFd.OpenFifo(_folder["p.in"], write: true)!;
        console.Open("a");
        Eventually.Is(() => console.PortOf("a").Counters.ClientsAccepted >= 2, "both are seen");
        OwnedFd.OpenFifo(_folder["p.out"], write: true)!.Dispose(); // Not the last writer: the reader sees no end.
        Assert.Equal(-Errno.EAGAIN, reader.Read(new byte[1]));

        bool reopened = false;
        await console.Worker.InvokeAsync(() =>
        {
            console.PortOf("a").Endpoint!.Disconnect();
            reopened = reader.Read(new byte[1]) != 0;
        });

        Assert.False(reopened);
    }

    [Theory]
    [InlineData()]
    [InlineData("p.in")]
    [InlineData("p.out")]
    public void Without_its_FIFOs_it_is_refused_at_once(params string[] there)
    {
        Make(there);
        Assert.Contains("mkfifo", Assert.Throws<ArgumentException>(() => new FifoEndpoint(_folder["p"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_a_FIFOs_place_is_not_written_to()
    {
        Make("p");
        using var console = new TestConsole(new PortOptions("a", new FifoEndpoint(_folder["p"])));
        File.Delete(_folder["p"]);
        File.WriteAllText(_folder["p"], "precious");
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        port.Open();
        port.TryWrite("x"u8);
        Thread.Sleep(300); // Long enough for it to look again.
        console.Settle();

        Assert.Equal("precious", File.ReadAllText(_folder["p"]));
    }

    private void Make(params string[] names)
    {
        foreach (string name in names)
        {
            using Process made = Process.Start("mkfifo", [_folder[name]]);
            made.WaitForExit();
        }
    }

    private static void Send(OwnedFd fifo, byte[] bytes)
    {
        int sent = 0;
        Eventually.Is(
            () =>
            {
                sent += (int)Math.Max(fifo.Write(bytes.AsSpan(sent)), 0);
                return sent == bytes.Length;
            },
            "everything sent");
    }

    private static byte[] Receive(OwnedFd fifo, int count)
    {
        var bytes = new byte[count];
        int read = 0;
        Eventually.Is(
            () =>
            {
                read += (int)Math.Max(fifo.Read(bytes.AsSpan(read)), 0);
                return read == count;
            },
            "everything received");
        return bytes;
    }
}
