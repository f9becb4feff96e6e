namespace FastRing.Tests.Torture.Unfenced;

/// <summary>
/// A frozen copy of how the two sides of a packed ring notify each other (virtio 1.2, 2.8.1, 2.8.7 and 2.8.14), with nothing in the
/// descriptors but whose turn it is. What it is for is to be run without its fences: it must lose wake-ups.
/// </summary>
internal sealed class PackedHandshake<TFence>(bool eventIndex)
    where TFence : struct, IFence
{
    private const int Size = 32;
    private const int Enabled = -1;
    private const int Disabled = -2;

    // Even: the driver's, in round n / 2. Odd: the device has it since.
    private readonly SharedWords _turns = new(Size);
    private readonly SharedWords _events = new(2);

    private ref int DriverEvent => ref _events[0];

    private ref int DeviceEvent => ref _events[1];

    public sealed class Driver(PackedHandshake<TFence> ring) : IDriverSide
    {
        private int _added;
        private int _published;
        private int _taken;

        public void Add() => _added++;

        public bool Publish()
        {
            int before = _published;
            for (; _published != _added; _published++)
            {
                Volatile.Write(ref ring._turns[_published % Size], Round(_published) + 1);
            }

            TFence.AfterPublishing();
            return before != _published && Asked(ref ring.DeviceEvent, before, _published);
        }

        public int Take()
        {
            int before = _taken;
            while (ring.IsUsed(_taken))
            {
                _taken++;
            }

            return _taken - before;
        }

        public bool Enable()
        {
            Volatile.Write(ref ring.DriverEvent, ring.Ask(_taken));
            TFence.AfterAsking();
            return ring.IsUsed(_taken);
        }

        public void Suppress() => Volatile.Write(ref ring.DriverEvent, Disabled);
    }

    public sealed class Device(PackedHandshake<TFence> ring) : IDeviceSide
    {
        private int _got;
        private int _published;

        public int Serve()
        {
            int before = _got;
            while (ring.IsAvailable(_got))
            {
                _got++;
            }

            return _got - before;
        }

        public bool Publish()
        {
            int before = _published;
            for (; _published != _got; _published++)
            {
                Volatile.Write(ref ring._turns[_published % Size], Round(_published) + 2);
            }

            TFence.AfterPublishing();
            return before != _published && Asked(ref ring.DriverEvent, before, _published);
        }

        public bool Enable()
        {
            Volatile.Write(ref ring.DeviceEvent, ring.Ask(_got));
            TFence.AfterAsking();
            return ring.IsAvailable(_got);
        }

        public void Suppress() => Volatile.Write(ref ring.DeviceEvent, Disabled);
    }

    private static int Round(int position) => 2 * (position / Size);

    private static bool Asked(ref int wanted, int before, int now) => Volatile.Read(ref wanted) switch
    {
        Enabled => true,
        Disabled => false,
        var position => before <= position && position < now,
    };

    private int Ask(int position) => eventIndex ? position : Enabled;

    private bool IsAvailable(int position) => Volatile.Read(ref _turns[position % Size]) == Round(position) + 1;

    private bool IsUsed(int position) => Volatile.Read(ref _turns[position % Size]) == Round(position) + 2;
}
