using System.Runtime.InteropServices;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

public sealed class FdEndpointTests
{
    [Fact]
    public void An_inherited_socket_carries_bytes_both_ways_until_its_other_side_is_gone()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using var console = new TestConsole(new PortOptions("a", new FdEndpoint(Inherited(ours))));
        console.StartDriver();
        DriverPort port = console.Open("a");
        theirs.Write("hello"u8);
        Assert.Equal("hello"u8.ToArray(), console.Read(port, 5));
        console.Write(port, "world"u8);
        var bytes = new byte[5];
        Assert.Equal(5, theirs.Read(bytes));

        theirs.Write("last"u8);
        theirs.Dispose();
        Assert.Equal("last"u8.ToArray(), console.Read(port, 4));
        console.Until(() => !port.IsHostOpen, "host closed");
    }

    [Fact]
    public void A_socket_of_the_process_own_does_too_and_one_that_listens_stays_the_callers()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (theirs)
        {
            using var console = new TestConsole(new PortOptions("a", new FdEndpoint(ours)));
            console.StartDriver();
            DriverPort port = console.Open("a");
            theirs.Write("hello"u8);
            Assert.Equal("hello"u8.ToArray(), console.Read(port, 5));
        }

        using OwnedFd listener = UnixSocket.Listen($"@fd-endpoint-{Environment.ProcessId}");
        Assert.Throws<ArgumentException>(() => new FdEndpoint(listener));
        Assert.True(UnixSocket.IsListening(listener));
    }

    [Fact]
    public void The_reading_end_of_a_pipe_is_input_only_and_the_guests_output_is_discarded()
    {
        (int reads, int writes) = Pipe();
        using var writer = new OwnedFd(writes);
        using var console = new TestConsole(new PortOptions("a", new FdEndpoint(reads)));
        console.StartDriver();
        DriverPort port = console.Open("a");
        console.Write(port, new byte[100_000]);
        console.Until(() => console.PortOf("a").Counters.BytesToHost == 100_000, "discarded");
        writer.Write("in"u8);
        Assert.Equal("in"u8.ToArray(), console.Read(port, 2));
        writer.Dispose();
        console.Until(() => !port.IsHostOpen, "host closed");
    }

    [Fact]
    public void The_writing_end_of_a_pipe_is_output_only_and_closes_with_its_reader()
    {
        (int reads, int writes) = Pipe();
        using var reader = new OwnedFd(reads);
        using var console = new TestConsole(new PortOptions("a", new FdEndpoint(writes)));
        console.StartDriver();
        DriverPort port = console.Open("a");
        console.Write(port, "out"u8);
        Assert.Equal(3, reader.Read(new byte[9]));
        reader.Dispose();
        console.Until(() => !port.IsHostOpen, "host closed");
    }

    [Fact]
    public void The_descriptor_is_closed_with_the_port()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (theirs)
        {
            using (new TestConsole(new PortOptions("a", new FdEndpoint(Inherited(ours)))))
            {
            }

            Assert.Equal(0, theirs.Read(new byte[1]));
        }
    }

    [Fact]
    public async Task Who_is_sent_away_reads_the_end()
    {
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (theirs)
        using (var console = new TestConsole(new PortOptions("a", new FdEndpoint(Inherited(ours)))))
        {
            await console.PortOf("a").DisconnectAsync();
            Assert.Equal(0, theirs.Read(new byte[1]));
        }
    }

    [Theory]
    [InlineData("standard error", "3 or more")]
    [InlineData("not open", "Bad file descriptor")]
    [InlineData("the process's own", "not started with it")]
    [InlineData("a listener", "listens")]
    [InlineData("a file", "a pipe or a terminal")]
    public void What_is_none_is_refused_and_stays_open(string what, string why)
    {
        using var folder = new TemporaryFolder();
        using OwnedFd? fd = what switch
        {
            "the process's own" => EventFd.Create().Fd,
            "a listener" => UnixSocket.Listen(folder["s"]),
            "a file" => OwnedFd.OpenFile(folder["f"], append: true),
            _ => null,
        };
        int number = what switch
        {
            "standard error" => 2,
            "not open" => 900_000,
            "the process's own" => fd!.Fd,
            _ => Inherited(fd!),
        };

        Exception refusal = Assert.ThrowsAny<Exception>(() => new FdEndpoint(number));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        if (fd is { IsClosed: true })
        {
            OwnedFd.DuplicateOf(number).Dispose();
            new OwnedFd(number).Dispose();
        }
    }

    /// <summary>A duplicate that a program would inherit; the original is closed.</summary>
    private static int Inherited(OwnedFd fd)
    {
        int number = dup(fd.Fd);
        fd.Dispose();
        return number;
    }

    private static (int Reads, int Writes) Pipe()
    {
        var fds = new int[2];
        Assert.Equal(0, pipe(fds));
        return (fds[0], fds[1]);
    }

    [DllImport("libc.so.6")]
    private static extern int dup(int fd);

    [DllImport("libc.so.6")]
    private static extern int pipe(int[] fds);
}
