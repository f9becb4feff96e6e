namespace FastRing.Tests.Torture.Unfenced;

/// <summary>
/// A frozen copy of how the two sides of a split ring notify each other (virtio 1.2, 2.7.7 and 2.7.10), with nothing in the ring.
/// What it is for is to be run without its fences: it must lose wake-ups.
/// </summary>
internal sealed class SplitHandshake<TFence>(bool eventIndex)
    where TFence : struct, IFence
{
    private readonly SharedWords _words = new(6);

    private ref int AvailableIndex => ref _words[0];

    private ref int AvailableFlags => ref _words[1];

    private ref int UsedEvent => ref _words[2];

    private ref int UsedIndex => ref _words[3];

    private ref int UsedFlags => ref _words[4];

    private ref int AvailableEvent => ref _words[5];

    public sealed class Driver(SplitHandshake<TFence> ring) : IDriverSide
    {
        private int _added;
        private int _published;
        private int _taken;

        public void Add() => _added++;

        public bool Publish()
        {
            int before = _published;
            if (before == _added)
            {
                return false;
            }

            Volatile.Write(ref ring.AvailableIndex, _published = _added);
            TFence.AfterPublishing();
            return ring.Asked(ref ring.AvailableEvent, ref ring.UsedFlags, before, _published);
        }

        public int Take()
        {
            int count = Volatile.Read(ref ring.UsedIndex) - _taken;
            _taken += count;
            return count;
        }

        public bool Enable()
        {
            ring.Ask(ref ring.UsedEvent, ref ring.AvailableFlags, _taken);
            TFence.AfterAsking();
            return Volatile.Read(ref ring.UsedIndex) != _taken;
        }

        public void Suppress() => ring.AskNot(ref ring.UsedEvent, ref ring.AvailableFlags, _taken);
    }

    public sealed class Device(SplitHandshake<TFence> ring) : IDeviceSide
    {
        private int _got;
        private int _published;

        public int Serve()
        {
            int count = Volatile.Read(ref ring.AvailableIndex) - _got;
            _got += count;
            return count;
        }

        public bool Publish()
        {
            int before = _published;
            if (before == _got)
            {
                return false;
            }

            Volatile.Write(ref ring.UsedIndex, _published = _got);
            TFence.AfterPublishing();
            return ring.Asked(ref ring.UsedEvent, ref ring.AvailableFlags, before, _published);
        }

        public bool Enable()
        {
            ring.Ask(ref ring.AvailableEvent, ref ring.UsedFlags, _got);
            TFence.AfterAsking();
            return Volatile.Read(ref ring.AvailableIndex) != _got;
        }

        public void Suppress() => ring.AskNot(ref ring.AvailableEvent, ref ring.UsedFlags, _got);
    }

    private bool Asked(ref int wanted, ref int flags, int before, int now) =>
        eventIndex ? (uint)(now - Volatile.Read(ref wanted) - 1) < (uint)(now - before) : Volatile.Read(ref flags) == 0;

    private void Ask(ref int wanted, ref int flags, int position)
    {
        if (eventIndex)
        {
            Volatile.Write(ref wanted, position);
        }
        else
        {
            Volatile.Write(ref flags, 0);
        }
    }

    private void AskNot(ref int wanted, ref int flags, int position)
    {
        if (eventIndex)
        {
            Volatile.Write(ref wanted, position - 1);
        }
        else
        {
            Volatile.Write(ref flags, 1);
        }
    }
}
