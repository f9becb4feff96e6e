using FastRing.Workers;

namespace FastRing.Tests.Workers;

/// <summary>Counts its turns and does what a test asks.</summary>
internal sealed class RecordingItem(Func<bool> work) : WorkItem
{
    public Func<bool> Work { get; set; } = work;

    public List<Exception> Faults { get; } = [];

    public int Runs { get; private set; }

    protected internal override bool Run()
    {
        Runs++;
        return Work();
    }

    protected internal override void OnFault(Exception fault) => Faults.Add(fault);
}
