using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Ports;
using FastRing.Workers;

namespace FastRing.Native.Tests.Embedding;

/// <summary>What docs/embedding.md says of pipes.</summary>
public sealed class PipeTests
{
    private const int Limit = 4096;

    [Fact]
    public async Task A_pipe_that_is_full_has_the_guest_wait_and_a_guest_without_room_has_the_host_wait()
    {
        using var guest = new DrivenGuest();
        ConsoleDevice device = guest.Device;

        var pipe = new PipeEndpoint(new PipeEndpointOptions { BufferLimit = 4096 });
        Port port = await device.AddPortAsync(new PortOptions("org.example.log", pipe) { WhenHostClosed = HostClosedPolicy.Hold });
        DriverPort driven = guest.Open("org.example.log");
        await port.WaitForGuestOpenAsync(Support.Shell.Patience);

        long sent = guest.WriteUntilFull(driven);
        Assert.InRange((long)port.Counters.BytesToHost, 1, 2 * Limit); // The rest is in the guest's own buffers.
        long read = 0;
        while (read < sent)
        {
            ReadResult result = await pipe.Input.ReadAsync();
            read += result.Buffer.Length;
            pipe.Input.AdvanceTo(result.Buffer.End); // Makes room, and the guest goes on.
        }

        Assert.Equal(sent, read);

        ValueTask<FlushResult> flush = default;
        int written = 0;
        do
        {
            pipe.Output.Write(new byte[Limit]);
            written += Limit;
            flush = pipe.Output.FlushAsync(); // Not complete: the guest has no room, and the pipe is full.
        }
        while (flush.IsCompletedSuccessfully);

        guest.Read(driven, written);
        Assert.False((await flush).IsCompleted);
    }

    [Fact]
    public async Task A_pipe_in_place_is_used_where_the_device_lives()
    {
        using var guest = new DrivenGuest();
        var pipe = new InPlacePipeEndpoint();
        Port port = await guest.Device.AddPortAsync(new PortOptions("org.example.log", pipe));
        DriverPort driven = guest.Open("org.example.log");
        await port.WaitForGuestOpenAsync(Support.Shell.Patience);
        Assert.Equal(5, driven.TryWrite("hello"u8));
        Worker worker = guest.Device.Worker;
        long bytes = 0;

        await worker.RunAsync(async () =>
        {
            ReadResult read = await pipe.Input.ReadAsync(); // The guest's own memory: valid until AdvanceTo.
            bytes += read.Buffer.Length;
            pipe.Input.AdvanceTo(read.Buffer.End);          // The guest has its buffers back.
        });

        Assert.Equal(5, bytes);
        Assert.Throws<InvalidOperationException>(() => pipe.Input.TryRead(out _));
    }
}
