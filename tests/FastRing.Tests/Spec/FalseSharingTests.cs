using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Spec;

/// <summary>What the thread of one side writes does not lie on a cache line that the thread of the other side uses.</summary>
[Collection(nameof(Alone))]
public class FalseSharingTests
{
    private const int Line = 64;
    private const ulong Pair = 128; // Processors fetch lines in pairs.

    [Fact]
    public void Cursors_keep_a_lines_distance_to_whatever_lies_beside_them()
    {
        AreApart<SplitCursors>();
        AreApart<PackedCursors>();
        AreApart<SplitDriverCursors>();
        AreApart<PackedDriverCursors>();
    }

    [Fact]
    public void The_two_sides_of_a_ring_made_one_after_the_other_share_no_line()
    {
        Objects<Without, Without>.ShareNoLine(0);
        Objects<With, Without>.ShareNoLine(VirtioFeatures.EventIndex);
        Objects<Without, With>.ShareNoLine(VirtioFeatures.InOrder);
        Objects<With, With>.ShareNoLine(VirtioFeatures.EventIndex | VirtioFeatures.InOrder);
    }

    [Fact]
    public void The_areas_of_the_two_sides_share_no_pair_of_lines()
    {
        foreach (ulong features in new ulong[] { 0, VirtioFeatures.RingPacked })
        {
            for (uint size = 1; size <= 32768; size = features == 0 ? size * 2 : (size * 3 / 2) + 1)
            {
                RingLayout layout = RingLayout.At(new(0x1000), (ushort)size, features);
                ulong driverEnd = layout.Driver.Value + RingLayout.DriverBytes(size, features) - 1;
                ulong deviceEnd = layout.Device.Value + RingLayout.DeviceBytes(size, features) - 1;
                Assert.True(driverEnd / Pair < layout.Device.Value / Pair, $"size {size}: driver and device");
                Assert.True(deviceEnd / Pair < layout.End.Value / Pair, $"size {size}: device and indirect tables");

                // Both sides write the descriptors of a packed ring; what they say of notifications stands elsewhere.
                ulong descriptorsEnd = layout.Descriptors.Value + RingLayout.DescriptorBytes(size) - 1;
                Assert.True(features == 0 || descriptorsEnd / Pair < layout.Driver.Value / Pair, $"size {size}: descriptors and driver");
            }
        }
    }

    /// <summary>Every field there is, so that none is forgotten that is added; and none lies on another.</summary>
    private static void AreApart<T>()
        where T : struct
    {
        int next = Line;
        foreach ((int start, FieldInfo field) in typeof(T).GetFields().Select(f => (f.GetCustomAttribute<FieldOffsetAttribute>()!.Value, f)).OrderBy(f => f.Value))
        {
            Assert.True(start >= next, $"{typeof(T).Name}.{field.Name} begins at {start}, what lies before it ends at {next}");
            next = start + RuntimeHelpers.SizeOf(field.FieldType.TypeHandle);
        }

        Assert.True(next > Line && Unsafe.SizeOf<T>() - next >= Line, $"{typeof(T).Name} ends at {next} of {Unsafe.SizeOf<T>()}");
    }

    /// <summary>Where a variable lies, from its first byte to behind its last. For those that do not move.</summary>
    private static (nint Start, nint End) At<T>(ref T variable)
    {
        nint start = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref Unsafe.As<T, byte>(ref variable));
        return (start, start + Unsafe.SizeOf<T>());
    }

    /// <summary>The private state of the objects on both sides of a ring.</summary>
    private static class Objects<TEventIndex, TInOrder>
        where TEventIndex : struct, IFeature
        where TInOrder : struct, IFeature
    {
        private const int Pairs = 8;

        public static void ShareNoLine(ulong features)
        {
            for (int i = 0; i < Pairs; i++)
            {
                using var split = new QueuePair(4, features);
                using var packed = new QueuePair(4, features | VirtioFeatures.RingPacked);
                Stable(() => (SplitDevice(split.Device), SplitDriver(split.Driver)));
                Stable(() => (PackedDevice(packed.Device), PackedDriver(packed.Driver)));

                // The other way round: the driver's objects behind the device's.
                Virtqueue device = split.Restart(0);
                DriverVirtqueue driver = DriverVirtqueue.Create(split.Guest.Memory, split.Setup.Descriptors, 4, split.Setup.Features);
                Stable(() => (SplitDevice(device), SplitDriver(driver)));
                device = packed.Restart(0);
                driver = DriverVirtqueue.Create(packed.Guest.Memory, packed.Setup.Descriptors, 4, packed.Setup.Features);
                Stable(() => (PackedDevice(device), PackedDriver(driver)));
            }
        }

        /// <summary>Compares addresses that were the same twice: the collector did not move the objects in between.</summary>
        private static void Stable(Func<(Place[] Device, Place[] Driver)> places)
        {
            (Place[] device, Place[] driver) = places();
            while (places() is var again && !(device.SequenceEqual(again.Device) && driver.SequenceEqual(again.Driver)))
            {
                (device, driver) = again;
            }

            foreach (Place one in device)
            {
                foreach (Place other in driver.Where(other => one.IsWritten || other.IsWritten))
                {
                    Assert.False(one.SharesLineWith(other), $"{one} and {other}");
                }
            }
        }

        private static Place[] SplitDevice(Virtqueue queue)
        {
            ref SplitRing<TEventIndex, TInOrder, PhysicalMemory> ring = ref Queue<SplitRing<TEventIndex, TInOrder, PhysicalMemory>>.Ring((Virtqueue<SplitRing<TEventIndex, TInOrder, PhysicalMemory>>)queue);
            return [Place.Cursors(ref Cursors(ref ring)), Place.Used("areas", ref Areas(ref ring)), Counters(queue), Place.Written("hold", ref Hold(queue))];
        }

        private static Place[] SplitDriver(DriverVirtqueue queue)
        {
            var driver = (SplitDriverVirtqueue<TEventIndex, TInOrder>)queue;
            return [Place.Cursors(ref Cursors(driver)), Place.Used("areas", ref Areas(driver)), Place.Array("chains", Chains(driver)), Place.Array("next", Next(driver))];
        }

        private static Place[] PackedDevice(Virtqueue queue)
        {
            ref PackedRing<TEventIndex, TInOrder, PhysicalMemory> ring = ref Queue<PackedRing<TEventIndex, TInOrder, PhysicalMemory>>.Ring((Virtqueue<PackedRing<TEventIndex, TInOrder, PhysicalMemory>>)queue);
            return [Place.Cursors(ref Cursors(ref ring)), Place.Used("areas", ref Areas(ref ring)), Counters(queue), Place.Written("hold", ref Hold(queue))];
        }

        private static Place[] PackedDriver(DriverVirtqueue queue)
        {
            var driver = (PackedDriverVirtqueue<TEventIndex, TInOrder>)queue;
            return [Place.Cursors(ref Cursors(driver)), Place.Used("areas", ref Areas(driver)), Place.Array("chains", Chains(driver)), Place.Array("ids", FreeIds(driver))];
        }

        private static Place Counters(Virtqueue queue)
        {
            ref VirtqueueCounters.Values values = ref queue.Counters.Writable;
            return new Place("counters", At(ref values.Chains).Start, At(ref values.Looks).End, IsWritten: true);
        }

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_at")]
        private static extern ref SplitCursors Cursors(ref SplitRing<TEventIndex, TInOrder, PhysicalMemory> ring);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_at")]
        private static extern ref PackedCursors Cursors(ref PackedRing<TEventIndex, TInOrder, PhysicalMemory> ring);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_at")]
        private static extern ref SplitDriverCursors Cursors(SplitDriverVirtqueue<TEventIndex, TInOrder> queue);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_at")]
        private static extern ref PackedDriverCursors Cursors(PackedDriverVirtqueue<TEventIndex, TInOrder> queue);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_areas")]
        private static extern ref SplitRingAreas Areas(ref SplitRing<TEventIndex, TInOrder, PhysicalMemory> ring);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_areas")]
        private static extern ref PackedRingAreas Areas(ref PackedRing<TEventIndex, TInOrder, PhysicalMemory> ring);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_areas")]
        private static extern ref SplitRingAreas Areas(SplitDriverVirtqueue<TEventIndex, TInOrder> queue);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_areas")]
        private static extern ref PackedRingAreas Areas(PackedDriverVirtqueue<TEventIndex, TInOrder> queue);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_chains")]
        private static extern ref ChainInFlight[] Chains(SplitDriverVirtqueue<TEventIndex, TInOrder> queue);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_next")]
        private static extern ref ushort[] Next(SplitDriverVirtqueue<TEventIndex, TInOrder> queue);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_chains")]
        private static extern ref ChainInFlight[] Chains(PackedDriverVirtqueue<TEventIndex, TInOrder> queue);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_freeIds")]
        private static extern ref ushort[] FreeIds(PackedDriverVirtqueue<TEventIndex, TInOrder> queue);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_hold")]
    private static extern ref NotificationHold Hold(Virtqueue queue);

    private static class Queue<TRing>
        where TRing : struct, IDeviceRing
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_ring")]
        public static extern ref TRing Ring(Virtqueue<TRing> queue);
    }

    /// <summary>Some of an object's bytes.</summary>
    private readonly record struct Place(string What, nint Start, nint End, bool IsWritten)
    {
        /// <summary>What is written of cursors: all but the distance on both sides.</summary>
        public static Place Cursors<T>(ref T cursors)
        {
            (nint start, nint end) = At(ref cursors);
            return new("cursors", start + Line, end - Line, IsWritten: true);
        }

        public static Place Used<T>(string what, ref T variable)
        {
            (nint start, nint end) = At(ref variable);
            return new(what, start, end, IsWritten: false);
        }

        public static Place Written<T>(string what, ref T variable)
        {
            (nint start, nint end) = At(ref variable);
            return new(what, start, end, IsWritten: true);
        }

        /// <summary>An array's elements.</summary>
        public static Place Array<T>(string what, T[] array) =>
            array.Length == 0 ? default : new(what, At(ref array[0]).Start, At(ref array[^1]).End, IsWritten: true);

        public bool SharesLineWith(Place other) => Start / Line <= (other.End - 1) / Line && other.Start / Line <= (End - 1) / Line;
    }
}
