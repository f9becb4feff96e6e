namespace FastRing.Workers;

/// <summary>
/// Something with work to do, served in turn with all others of its worker. A turn is bounded by the item itself, so nobody
/// starves; between two rounds the worker looks at its file descriptors.
/// </summary>
public abstract class WorkItem
{
    internal WorkItem? NextInLine { get; set; }

    internal bool IsScheduled { get; set; }

    /// <summary>Does one turn's work. Must not block.</summary>
    /// <returns>True when there is more to do: the item goes to the end of the line.</returns>
    protected internal abstract bool Run();

    /// <summary><see cref="Run"/> threw: give up the smallest thing that can be given up. Must not throw.</summary>
    protected internal abstract void OnFault(Exception fault);
}
