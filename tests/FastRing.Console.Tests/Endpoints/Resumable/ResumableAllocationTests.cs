using System.Buffers.Binary;
using System.Net.Sockets;
using FastRing.Console.Endpoints.Resumable;
using FastRing.Console.Spec;
using FastRing.Console.Tests.Ports;

namespace FastRing.Console.Tests.Endpoints.Resumable;

/// <summary>Messages to a client and back.</summary>
[Collection(nameof(Alone))]
public sealed class ResumableAllocationTests
{
    private const int Messages = 200_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_through_a_session_allocate_nothing(bool packed)
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new ConsoleOptions { PackedRing = packed, Ports = [new("a", new ResumableEndpoint(folder["a"]))] }, ~0UL);
        new ControlDriver(console).Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, receiveCount: 256, receiveBytes: 64, transmitCount: 256, transmitBytes: 64);
        using HostClient client = HostClient.Connect(folder["a"]);
        client.Send(RawClient.Hello(Guid.Empty, 0, 0));
        client.Receive(FrameHeader.Bytes + SessionFrame.Bytes);
        var echo = new Thread(() => EchoToTheEnd(client));
        echo.Start();
        AllocationTests.Echo(port, Messages / 10);

        long first = AllocationTests.AllocatedByWorker(console);
        long second = AllocationTests.AllocatedByWorker(console);
        AllocationTests.Echo(port, Messages);
        long third = AllocationTests.AllocatedByWorker(console);

        Assert.Equal(second - first, third - second);
        await console.Device.RemovePortAsync(console.PortOf("a"));
        Assert.True(echo.Join(TimeSpan.FromSeconds(30)));
    }

    /// <summary>Every frame of data back as it came: positions are the same both ways.</summary>
    private static void EchoToTheEnd(HostClient client)
    {
        var frame = new byte[FrameHeader.Bytes + FrameHeader.MostData];
        Span<byte> acknowledgement = stackalloc byte[FrameHeader.Bytes];
        try
        {
            while (true)
            {
                ReceiveAll(client, frame.AsSpan(0, FrameHeader.Bytes));
                int length = BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(4));
                if ((FrameKind)frame[0] == FrameKind.Data)
                {
                    ReceiveAll(client, frame.AsSpan(FrameHeader.Bytes, length));
                    client.Send(frame.AsSpan(0, FrameHeader.Bytes + length));
                    new FrameHeader(FrameKind.Acknowledge, 0, BinaryPrimitives.ReadUInt64LittleEndian(frame.AsSpan(8)) + (ulong)length).Write(acknowledgement);
                    client.Send(acknowledgement);
                }
            }
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            // The port is gone.
        }
    }

    private static void ReceiveAll(HostClient client, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = client.ReceiveSome(bytes);
            bytes = bytes[(read > 0 ? read : throw new EndOfStreamException())..];
        }
    }
}
