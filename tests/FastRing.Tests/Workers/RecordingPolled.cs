using FastRing.Workers;

namespace FastRing.Tests.Workers;

/// <summary>Counts how it is polled and does what a test asks.</summary>
internal sealed class RecordingPolled : IPolled
{
    private int _begins;
    private int _ends;
    private long _polls;

    public Func<bool> Work { get; set; } = static () => false;

    public Action AtEnd { get; set; } = static () => { };

    public List<Exception> Faults { get; } = [];

    public int Begins => Volatile.Read(ref _begins);

    public int Ends => Volatile.Read(ref _ends);

    public long Polls => Volatile.Read(ref _polls);

    public void BeginPolling() => Volatile.Write(ref _begins, _begins + 1);

    public bool Poll()
    {
        Volatile.Write(ref _polls, _polls + 1);
        return Work();
    }

    public void EndPolling()
    {
        Volatile.Write(ref _ends, _ends + 1);
        AtEnd();
    }

    public void OnFault(Exception fault) => Faults.Add(fault);
}
