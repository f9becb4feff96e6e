using System.Diagnostics;
using System.IO.Pipes;
using FastRing.Interop;

namespace FastRing.Workloads.Notify;

/// <summary>What the kernel can do without a ring: a message to a thread on another processor and back; each side sleeps in a read until it comes.</summary>
internal sealed class PingPong : IDisposable
{
    private const int MessageBytes = 64;
    private const int CountBytes = 8; // eventfd(2) takes and gives its count, nothing else.

    private readonly OwnedFd[] _descriptors;
    private readonly byte[] _message;
    private readonly PinnedThread _other;

    private PingPong(OwnedFd write, OwnedFd otherRead, OwnedFd otherWrite, OwnedFd read, int bytes, int otherCpu)
    {
        _descriptors = [write, otherRead, otherWrite, read];
        _message = new byte[bytes];
        _message[0] = 1;
        foreach (OwnedFd descriptor in _descriptors)
        {
            descriptor.SetNonBlocking(false);
        }

        _other = new PinnedThread(otherCpu, () => messages => Return(otherRead, otherWrite, bytes, messages));
    }

    /// <summary>Two eventfds.</summary>
    public static PingPong OfEventFds(int otherCpu)
    {
        OwnedFd there = EventFd.Create().Fd;
        OwnedFd back = EventFd.Create().Fd;
        return new PingPong(there, there, back, back, CountBytes, otherCpu);
    }

    /// <summary>Two pipes.</summary>
    public static PingPong OfPipes(int otherCpu)
    {
        (OwnedFd write, OwnedFd otherRead) = Pipe();
        (OwnedFd otherWrite, OwnedFd read) = Pipe();
        return new PingPong(write, otherRead, otherWrite, read, MessageBytes, otherCpu);
    }

    /// <summary>A pair of stream sockets.</summary>
    public static PingPong OfUnixSockets(int otherCpu)
    {
        (OwnedFd here, OwnedFd there) = UnixSocket.Pair();
        return new PingPong(here, there, there, here, MessageBytes, otherCpu);
    }

    /// <summary>Throws and catches from this thread.</summary>
    /// <returns>Median, us.</returns>
    public double Measure(int messages, RoundTripTimes times)
    {
        times.Clear();
        _other.Begin(messages);
        for (int i = 0; i < messages; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _descriptors[0].Write(_message);
            _descriptors[3].Read(_message);
            times.Add(Stopwatch.GetTimestamp() - start);
        }

        _other.End();
        return times.Percentile(50) ?? 0;
    }

    public void Dispose()
    {
        _other.Dispose();
        foreach (OwnedFd descriptor in _descriptors)
        {
            descriptor.Dispose();
        }
    }

    private static void Return(OwnedFd read, OwnedFd write, int bytes, int messages)
    {
        byte[] message = new byte[bytes];
        for (int i = 0; i < messages; i++)
        {
            read.Read(message);
            write.Write(message);
        }
    }

    private static (OwnedFd Write, OwnedFd Read) Pipe()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        return (OwnedFd.DuplicateOf((int)pipe.SafePipeHandle.DangerousGetHandle()), OwnedFd.DuplicateOf((int)pipe.ClientSafePipeHandle.DangerousGetHandle()));
    }
}
