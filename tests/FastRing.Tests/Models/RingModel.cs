using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>
/// What a ring is to its two users: lists that chains move through. Nothing here knows of descriptors in memory, of cursors that
/// wrap or of wrap counters; positions are counted from the start and never wrap.
/// </summary>
internal sealed class RingModel(RingVariant variant, int size)
{
    private readonly Queue<ModelChain> _added = new();
    private readonly Queue<ModelChain> _completed = new();
    private ulong _nextToken;

    /// <summary>Visible to the device, not popped.</summary>
    public Queue<ModelChain> Available { get; private set; } = new();

    /// <summary>Popped and not completed, in the order of popping.</summary>
    public List<ModelChain> Popped { get; private set; } = [];

    /// <summary>Visible to the driver, not taken.</summary>
    public Queue<ModelChain> Used { get; } = new();

    public int Free { get; private set; } = size;

    /// <summary>What each side has shown the other so far, in steps of the ring's index.</summary>
    public long AvailableSlots { get; private set; }

    public long UsedSlots { get; private set; }

    public long CompletedSlots { get; private set; }

    public long CompletedChains { get; private set; }

    /// <summary>True when a chain was completed before an older one: where to go on is no longer one number.</summary>
    public bool HasHole => Popped.Count > 0 && Popped[0].Token != OldestToken;

    /// <summary>The token a device that completes in order completes next.</summary>
    private ulong OldestToken => (ulong)CompletedChains;

    /// <summary>Added and not completed.</summary>
    public int InFlight => _added.Count + Available.Count + Popped.Count;

    public bool TryAdd(DriverBuffer[] readable, DriverBuffer[] writable, out ModelChain chain)
    {
        chain = new ModelChain(_nextToken, readable, writable, variant);
        if (chain.Descriptors == 0 || chain.Descriptors > Free)
        {
            return false;
        }

        _nextToken++;
        Free -= chain.Descriptors;
        _added.Enqueue(chain);
        return true;
    }

    public void PublishAvailable()
    {
        while (_added.TryDequeue(out ModelChain? chain))
        {
            AvailableSlots += chain.Slots;
            Available.Enqueue(chain);
        }
    }

    public void Pop(int count)
    {
        for (; count > 0; count--)
        {
            Popped.Add(Available.Dequeue());
        }
    }

    /// <param name="which">Indices in <see cref="Popped"/>, in the order of completion.</param>
    public void Complete(ReadOnlySpan<int> which)
    {
        var gone = new HashSet<ModelChain>(which.Length);
        foreach (int index in which)
        {
            ModelChain chain = Popped[index];
            CompletedSlots += chain.Slots;
            CompletedChains++;
            gone.Add(chain);
            _completed.Enqueue(chain);
        }

        Popped.RemoveAll(gone.Contains);
    }

    /// <summary>What is popped is available again, before the rest.</summary>
    public void PutBack()
    {
        Available = new Queue<ModelChain>(Popped.Concat(Available));
        Popped = [];
    }

    public void PublishUsed()
    {
        while (_completed.TryDequeue(out ModelChain? chain))
        {
            UsedSlots += chain.Slots;
            Used.Enqueue(chain);
        }
    }

    public ModelChain Take()
    {
        ModelChain chain = Used.Dequeue();
        Free += chain.Descriptors;
        return chain;
    }
}
