using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Spec;
using FastRing.Console.Tests.Ports;

#pragma warning disable xUnit1051 // The loops end with the port.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>Messages to the host and back, through programs that echo.</summary>
[Collection(nameof(Alone))]
public sealed class PipeAllocationTests
{
    private const int Messages = 200_000;

    /// <summary>What pools and the like may set up once. A single object for one message in a thousand would be more.</summary>
    private const int OnceBytes = 4096;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_through_a_pipe_in_place_allocate_nothing(bool packed)
    {
        var pipe = new InPlacePipeEndpoint();
        Task echo;
        using (TestConsole console = Start(pipe, packed, out RawPort port))
        {
            echo = console.Worker.RunAsync(() => EchoAsync(pipe));
            AllocationTests.Echo(port, Messages / 10);
            AssertWorkerAllocatesNothing(console, port);
            await console.Device.RemovePortAsync(console.PortOf("a"));
            await echo.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Messages_through_a_private_pipe_allocate_nothing_in_any_thread()
    {
        // The thread pool allocates an object for everything it is given: that is the framework's.
        var pipe = new PipeEndpoint(scheduler: PipeScheduler.Inline);
        using TestConsole console = Start(pipe, packed: false, out RawPort port);
        Task echo = Task.Run(() => EchoAsync(pipe));
        AllocationTests.Echo(port, Messages / 10);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        AllocationTests.Echo(port, Messages);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, OnceBytes);
        await console.Device.RemovePortAsync(console.PortOf("a"));
        await echo.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Messages_through_a_socket_allocate_nothing()
    {
        using var folder = new TemporaryFolder();
        using TestConsole console = Start(new UnixListenEndpoint(folder["a"]), packed: false, out RawPort port);
        using HostClient client = HostClient.Connect(folder["a"]);
        var echo = new Thread(() => EchoToTheEnd(client));
        echo.Start();
        AllocationTests.Echo(port, Messages / 10);
        AssertWorkerAllocatesNothing(console, port);
        await console.Device.RemovePortAsync(console.PortOf("a"));
        Assert.True(echo.Join(TimeSpan.FromSeconds(30)));
    }

    private static TestConsole Start(IHostEndpoint endpoint, bool packed, out RawPort port)
    {
        var console = new TestConsole(new ConsoleOptions { PackedRing = packed, Ports = [new("a", endpoint)] }, ~0UL);
        new ControlDriver(console).Say(1, ControlEvent.PortOpen);
        port = new RawPort(console.Transport, 1, receiveCount: 256, receiveBytes: 64, transmitCount: 256, transmitBytes: 64);
        return console;
    }

    private static void AssertWorkerAllocatesNothing(TestConsole console, RawPort port)
    {
        long before = AllocationTests.AllocatedByWorker(console);
        AllocationTests.Echo(port, Messages);
        Assert.InRange(AllocationTests.AllocatedByWorker(console) - before, 0, OnceBytes);
    }

    private static void EchoToTheEnd(HostClient client)
    {
        Span<byte> bytes = stackalloc byte[4096];
        for (int read = client.ReceiveSome(bytes); read > 0; read = client.ReceiveSome(bytes))
        {
            client.Send(bytes[..read]);
        }
    }

    /// <summary>By fours, so that what is left over has to be kept and comes again.</summary>
    private static async Task EchoAsync(IDuplexPipe pipe)
    {
        while (true)
        {
            ReadResult result = await pipe.Input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> whole = result.Buffer.Slice(0, result.Buffer.Length / 4 * 4);
            foreach (ReadOnlyMemory<byte> piece in whole)
            {
                pipe.Output.Write(piece.Span);
            }

            pipe.Input.AdvanceTo(whole.End, result.Buffer.End);
            FlushResult flush = await pipe.Output.FlushAsync().ConfigureAwait(false);
            if (result.IsCompleted || flush.IsCompleted)
            {
                return;
            }
        }
    }
}
