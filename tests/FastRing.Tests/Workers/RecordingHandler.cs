using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Tests.Workers;

/// <summary>Records what it is told and does what a test asks.</summary>
internal sealed class RecordingHandler : IReadyHandler
{
    public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<Exception> Faults { get; } = [];

    public EpollEvents Seen { get; private set; }

    public int Calls { get; private set; }

    public Action? Do { get; set; }

    public Action? DoOnFault { get; set; }

    public void OnReady(EpollEvents events)
    {
        Calls++;
        Seen = events;
        Called.TrySetResult();
        Do?.Invoke();
    }

    public void OnFault(Exception fault)
    {
        Faults.Add(fault);
        DoOnFault?.Invoke();
    }
}
