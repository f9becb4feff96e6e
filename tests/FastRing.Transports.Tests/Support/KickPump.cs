using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Transports.Tests.Support;

/// <summary>Makes of a signalled descriptor what a hypervisor makes of a write to a doorbell.</summary>
internal sealed class KickPump(EventFd kick, Action ring) : IReadyHandler
{
    public Exception? Fault { get; private set; }

    public void OnReady(EpollEvents events)
    {
        if (kick.Drain() > 0)
        {
            ring();
        }
    }

    public void OnFault(Exception fault) => Fault = fault;
}
