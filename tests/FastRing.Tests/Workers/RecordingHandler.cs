using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Tests.Workers;

/// <summary>Records what it is told and does what a test asks.</summary>
internal sealed class RecordingHandler : IReadyHandler
{
    public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _served;

    public List<Exception> Faults { get; } = [];

    public EpollEvents Seen { get; private set; }

    public int Calls { get; private set; }

    /// <summary>Calls that have done what they had to.</summary>
    public int Served => Volatile.Read(ref _served);

    public Action? Do { get; set; }

    public Action? DoOnFault { get; set; }

    public void OnReady(EpollEvents events)
    {
        Calls++;
        Seen = events;
        Called.TrySetResult();
        Do?.Invoke();
        Interlocked.Increment(ref _served);
    }

    public void OnFault(Exception fault)
    {
        Faults.Add(fault);
        DoOnFault?.Invoke();
    }
}
