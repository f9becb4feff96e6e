using FastRing.Interop;

namespace FastRing.Workers;

/// <summary>Something that waits for a file descriptor.</summary>
public interface IReadyHandler
{
    /// <summary>The descriptor is ready. Must not block.</summary>
    void OnReady(EpollEvents events);

    /// <summary><see cref="OnReady"/> threw: give up the smallest thing that can be given up. Must not throw.</summary>
    void OnFault(Exception fault);
}
