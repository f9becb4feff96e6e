using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace FastRing.Fuzz;

/// <summary>
/// One boundary, and what must hold whatever comes over it. The same bytes always do the same. A finding is an exception that leaves <see cref="Run"/>,
/// a process that dies (memory beside guest memory is inaccessible), or one that does not come to an end.
/// </summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>What it is called on the command line, and its folder in the corpus.</summary>
    public abstract string Name { get; }

    /// <summary>What inputs have come to so far, by name: errors that were named, and what was accepted.</summary>
    public HashSet<string> Reached { get; } = [];

    /// <summary>Makes of the bytes what a hostile party would, and looks at what comes of it.</summary>
    public abstract void Run(ReadOnlySpan<byte> bytes);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>What must hold.</summary>
    protected static void Must([DoesNotReturnIf(false)] bool hold, [CallerArgumentExpression(nameof(hold))] string what = "")
    {
        if (!hold)
        {
            throw new FindingException(what);
        }
    }

    protected void Reach(string what) => Reached.Add(what);
}
