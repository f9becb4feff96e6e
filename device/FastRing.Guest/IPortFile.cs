using FastRing.Interop;

namespace FastRing.Guest;

/// <summary>An open port. Never blocks.</summary>
internal interface IPortFile : IDisposable
{
    /// <summary>Bytes read; 0 while nobody is at the host's end and nothing is left of it; or -errno.</summary>
    nint Read(Span<byte> buffer);

    /// <summary>Bytes written, at most 32 KiB a call in Linux, or -errno; -EAGAIN also while nobody is at the host's end.</summary>
    nint Write(ReadOnlySpan<byte> buffer);

    /// <summary>What is ready now. HangUp: nobody is at the host's end; HangUp without In: the port is gone.</summary>
    EpollEvents Poll();
}
