using FastRing.Workers;

namespace FastRing.Tests.Workers;

/// <summary>Fails whenever it is asked to do anything.</summary>
internal sealed class FailingPolled : IPolled
{
    private int _faults;

    public int Faults => Volatile.Read(ref _faults);

    public void BeginPolling() => throw new InvalidOperationException("begin");

    public bool Poll() => throw new InvalidOperationException("poll");

    public void EndPolling() => throw new InvalidOperationException("end");

    public void OnFault(Exception fault) => Interlocked.Increment(ref _faults);
}
