namespace FastRing.Workers;

/// <summary>What a worker polls.</summary>
internal sealed class PolledSet
{
    private IPolled[] _items = new IPolled[4];

    public int Count { get; private set; }

    public void Add(IPolled item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = item;
    }

    public void Remove(IPolled item)
    {
        int at = Array.IndexOf(_items, item, 0, Count);
        if (at >= 0)
        {
            _items[at] = _items[--Count];
            _items[Count] = null!;
        }
    }

    /// <summary>One look at each.</summary>
    /// <returns>True when any had work.</returns>
    public bool Poll()
    {
        bool worked = false;
        for (int i = 0; i < Count;)
        {
            worked |= PollFrom(ref i);
        }

        return worked;
    }

    /// <summary>Until the end, or the first that fails: those behind it have their turn all the same.</summary>
    private bool PollFrom(ref int i)
    {
        bool worked = false;
        IPolled? item = null;
        try
        {
            // An item may take itself or another out: then one is looked at in the next round only.
            while (i < Count)
            {
                item = _items[i++];
                worked |= item.Poll();
            }
        }
        catch (Exception e)
        {
            item!.OnFault(e);
            worked = true;
        }

        return worked;
    }

    public void Begin() => Each(static item => item.BeginPolling());

    public void End() => Each(static item => item.EndPolling());

    private void Each(Action<IPolled> action)
    {
        // From the end: an item that takes itself out is replaced by one that had its turn.
        for (int i = Count - 1; i >= 0; i--)
        {
            IPolled item = _items[i];
            try
            {
                action(item);
            }
            catch (Exception e)
            {
                item.OnFault(e);
            }
        }
    }
}
