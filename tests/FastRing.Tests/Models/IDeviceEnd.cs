using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>One of the two ways in which a device may hold what it popped.</summary>
internal interface IDeviceEnd
{
    /// <summary>Chains popped and not completed.</summary>
    int Held { get; }

    /// <summary>True when chains may be completed in any order.</summary>
    bool CompletesAny { get; }

    /// <summary>How many of the available chains, given by their numbers of segments, must be popped at least and may be at most.</summary>
    (int Least, int Most) Room(IEnumerable<int> segments, int amount);

    /// <summary>Pops until there is no more, or no more room.</summary>
    int Pop(Virtqueue queue, int amount);

    DescriptorChain Chain(int index);

    ReadOnlySpan<IoVector> Segments(int index);

    void SetWritten(int index, uint written);

    /// <param name="queue">The queue they came from.</param>
    /// <param name="which">Indices of held chains, in the order in which they are completed.</param>
    void Complete(Virtqueue queue, ReadOnlySpan<int> which);

    void PutBack(Virtqueue queue);

    /// <summary>The queue stopped.</summary>
    void Forget();
}
