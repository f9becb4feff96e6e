using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Hubs;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

/// <summary>The kernel finds no memory where a guest's buffer was (EFAULT). That is no fault of the host's end, which stays for the next guest.</summary>
public sealed class LostMemoryTests : IDisposable
{
    private const int Bytes = 1 << 16;

    private readonly TemporaryFolder _folder = new();
    private readonly MappedRegion _lost;

    public LostMemoryTests()
    {
        using OwnedFd file = MemFd.Create("test", Bytes);
        _lost = MappedRegion.Map(file, 0, Bytes);
        using FileStream stream = File.OpenWrite($"/proc/self/fd/{file.Fd}");
        stream.SetLength(0);
    }

    public void Dispose()
    {
        _lost.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("file")]
    [InlineData("unix")]
    [InlineData("pty")]
    [InlineData("fifo")]
    public void What_could_not_be_written_does_not_close_it(string kind)
    {
        IHostEndpoint endpoint = Make(kind);
        using var console = new TestConsole(new PortOptions("a", endpoint));
        console.StartDriver();
        using IDisposable? client = Connect(kind);
        DriverPort port = console.Open("a");
        Assert.Equal(0, OnWorker(console, () => endpoint.Write([new IoVector(_lost.Address, 5000)])));
        Assert.True(_lost.IsLost);

        console.Write(port, Pattern.Bytes(0, 100));
        console.Until(() => console.PortOf("a").Counters.BytesToHost == 100, "what is written afterwards");
        Assert.True(port.IsHostOpen);
        Assert.Empty(console.Logger.Lines);
    }

    /// <summary>Not so with a terminal: the kernel takes its bytes before it looks where they are to go.</summary>
    [Theory]
    [InlineData("unix")]
    [InlineData("hub")]
    [InlineData("fifo")]
    public void What_could_not_be_read_is_there_for_the_next(string kind)
    {
        IHostEndpoint endpoint = Make(kind);
        using var console = new TestConsole(new PortOptions("a", endpoint));
        console.StartDriver();
        using IDisposable? client = Connect(kind);
        Send(client!, Pattern.Bytes(0, 100));
        console.Until(() => endpoint.MayHaveInput, "input");
        Assert.Equal(0, OnWorker(console, () => endpoint.Read([new IoVector(_lost.Address, 5000)])));
        Assert.True(_lost.IsLost);

        DriverPort port = console.Open("a");
        Pattern.AssertIs(console.Read(port, 100), 0);
        Assert.True(port.IsHostOpen);
    }

    private IHostEndpoint Make(string kind)
    {
        switch (kind)
        {
            case "file":
                return new FileEndpoint(_folder["a"]);
            case "unix":
                return new UnixListenEndpoint(_folder["a"]);
            case "hub":
                return new HubEndpoint(_folder["a"], new HubOptions());
            case "pty":
                return new PtyEndpoint(_folder["a"]);
            default:
                System.Diagnostics.Process.Start("mkfifo", [_folder["a.in"], _folder["a.out"]]).WaitForExit();
                return new FifoEndpoint(_folder["a"]);
        }
    }

    private IDisposable? Connect(string kind) => kind switch
    {
        "unix" or "hub" => HostClient.Connect(_folder["a"]),
        "pty" => new TerminalProgram(_folder["a"]),
        "fifo" => new FifoEnds(OwnedFd.OpenFifo(_folder["a.out"], write: false)!, OwnedFd.OpenFifo(_folder["a.in"], write: true)!),
        _ => null,
    };

    private static void Send(IDisposable client, byte[] bytes)
    {
        switch (client)
        {
            case HostClient socket:
                socket.Send(bytes);
                break;
            case TerminalProgram terminal:
                terminal.Send(bytes);
                break;
            case FifoEnds fifo:
                Assert.Equal(bytes.Length, fifo.Writer.Write(bytes));
                break;
        }
    }

    private static nint OnWorker(TestConsole console, Func<nint> action)
    {
        nint result = -1;
        console.OnWorker(() => result = action());
        return result;
    }

    private sealed record FifoEnds(OwnedFd Reader, OwnedFd Writer) : IDisposable
    {
        public void Dispose()
        {
            Reader.Dispose();
            Writer.Dispose();
        }
    }
}
