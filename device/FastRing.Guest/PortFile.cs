using FastRing.Interop;

namespace FastRing.Guest;

/// <summary>A port's descriptor. It may be disposed while another thread reads or writes: it is closed when that call is over.</summary>
internal sealed class PortFile(OwnedFd fd) : IPortFile
{
    private PortPoller? _poller;
    private ulong _token;

    public void Watch(PortPoller poller, GuestChannel channel)
    {
        _poller = poller;
        _token = poller.Add(fd, channel);
    }

    public nint Read(Span<byte> buffer)
    {
        bool held = false;
        fd.DangerousAddRef(ref held);
        try
        {
            return fd.Read(buffer);
        }
        finally
        {
            fd.DangerousRelease();
        }
    }

    public nint Write(ReadOnlySpan<byte> buffer)
    {
        bool held = false;
        fd.DangerousAddRef(ref held);
        try
        {
            return fd.Write(buffer);
        }
        finally
        {
            fd.DangerousRelease();
        }
    }

    public EpollEvents Poll()
    {
        bool held = false;
        fd.DangerousAddRef(ref held);
        try
        {
            return fd.Poll(EpollEvents.In | EpollEvents.Out);
        }
        finally
        {
            fd.DangerousRelease();
        }
    }

    public void Dispose()
    {
        if (!fd.IsClosed)
        {
            _poller?.Remove(fd, _token);
            fd.Dispose();
        }
    }
}
