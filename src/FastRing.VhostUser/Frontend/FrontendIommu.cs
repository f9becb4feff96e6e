using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>
/// A frontend's IOMMU, for a session with <c>VIRTIO_F_ACCESS_PLATFORM</c>: what the driver has mapped, page by page. It answers the backend's misses on a thread of its
/// own, a page at a time, and tells it what is unmapped.
/// </summary>
public sealed class FrontendIommu : IDisposable
{
    /// <summary>Bytes of a page.</summary>
    public const ulong PageBytes = 4096;

    private readonly VhostUserFrontend _frontend;
    private readonly BackendRequests _requests;
    private readonly EventFd _end = EventFd.Create();
    private readonly Thread _thread;
    private readonly Lock _lock = new(); // Also while a translation is told: it must not arrive behind the end of itself.
    private readonly Dictionary<ulong, (FrontendAddress Frontend, IotlbAccess Access)> _pages = [];

    /// <summary>Begins to answer.</summary>
    /// <param name="frontend">The connection; protocol features are negotiated.</param>
    /// <exception cref="VhostUserException">The backend wants no channel.</exception>
    public FrontendIommu(VhostUserFrontend frontend)
    {
        _frontend = frontend;
        _requests = BackendRequests.Open(frontend);
        _thread = new Thread(Serve) { IsBackground = true, Name = "iommu" };
        _thread.Start();
    }

    /// <summary>Misses there were, and what for. Those of pages that are not mapped stay without an answer.</summary>
    public event Action<IotlbMessage>? Missed;

    /// <summary>Tells of a page that it may be written when asked that, else that it may be read, and never both: as QEMU does for virtio's IOMMU.</summary>
    public bool TellsOnlyWhatIsAsked { get; init; }

    /// <summary>Maps pages, for the device to find when it asks.</summary>
    /// <param name="address">The first I/O virtual address.</param>
    /// <param name="sizeBytes">Whole pages.</param>
    /// <param name="frontend">Where they are.</param>
    /// <param name="access">What the device may do there.</param>
    public void Map(ulong address, ulong sizeBytes, FrontendAddress frontend, IotlbAccess access = IotlbAccess.ReadWrite)
    {
        lock (_lock)
        {
            for (ulong at = 0; at < sizeBytes; at += PageBytes)
            {
                _pages[address + at] = (new(frontend.Value + at), access);
            }
        }
    }

    /// <summary>Tells the backend of a mapped page before it asks, or again.</summary>
    public void Tell(ulong address) => Tell(address, IotlbAccess.ReadWrite);

    /// <summary>Takes pages from the device. When this returns, it does not touch them any more.</summary>
    public void Unmap(ulong address, ulong sizeBytes)
    {
        lock (_lock)
        {
            for (ulong at = 0; at < sizeBytes; at += PageBytes)
            {
                _pages.Remove(address + at);
            }

            Invalidate(address, sizeBytes);
        }
    }

    /// <summary>Has the backend forget translations, without a change of any.</summary>
    public void Invalidate(ulong address, ulong sizeBytes) =>
        _frontend.SendIotlb(new(address, sizeBytes, default, IotlbAccess.None, IotlbMessageKind.Invalidate));

    /// <summary>Answers no more.</summary>
    public void Dispose()
    {
        _end.Signal();
        _thread.Join();
        _requests.Dispose();
        _end.Dispose();
    }

    private void Tell(ulong address, IotlbAccess access)
    {
        ulong first = address & ~(PageBytes - 1);
        lock (_lock)
        {
            if (_pages.TryGetValue(first, out (FrontendAddress Frontend, IotlbAccess Access) page) && (page.Access & access) is not IotlbAccess.None and var told)
            {
                _frontend.SendIotlb(new(first, PageBytes, page.Frontend, told, IotlbMessageKind.Update));
            }
        }
    }

    private void Serve()
    {
        using var epoll = new Epoll();
        epoll.Add(_end.Fd, EpollEvents.In, 0);
        epoll.Add(_requests.Fd, EpollEvents.In, 1);
        Span<EpollReady> ready = stackalloc EpollReady[1];
        try
        {
            while (epoll.Wait(ready, -1) == 0 || ready[0].Token != 0)
            {
                while (_requests.TryTake(out BackendRequest request, out _, out IotlbMessage iotlb))
                {
                    if (request == BackendRequest.Iotlb)
                    {
                        Missed?.Invoke(iotlb);
                        Tell(iotlb.Address, !TellsOnlyWhatIsAsked ? IotlbAccess.ReadWrite : (iotlb.Access & IotlbAccess.Write) != 0 ? IotlbAccess.Write : IotlbAccess.Read);
                    }
                }
            }
        }
        catch (VhostUserException)
        {
            // The backend is gone, or has another channel.
        }
    }
}
