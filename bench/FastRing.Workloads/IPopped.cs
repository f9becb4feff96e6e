using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads;

/// <summary>Chains a device has popped: the two ways there are to hold them. A struct parameter of the loops.</summary>
internal interface IPopped
{
    /// <summary>Takes what is available.</summary>
    /// <returns>Chains taken.</returns>
    int Pop(Virtqueue queue);

    /// <summary>The buffers of those chains.</summary>
    ReadOnlySpan<IoVector> Segments { get; }

    /// <summary>Gives <paramref name="count"/> of them back; <paramref name="first"/> were given back before.</summary>
    void Complete(Virtqueue queue, int first, int count);
}
