using System.Buffers;
using FastRing.Interop;
using FastRing.Memory;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace FastRing.Tests.Memory;

public class GuestBytesTests
{
    private const ulong Page = 4096;

    [Fact]
    public void A_name_is_the_guests_memory_itself()
    {
        using TestGuest guest = new((0, Page));
        IoVector segment = guest.Memory.Window(new(100), 50);
        Memory<byte> memory = new GuestBytes().Name(segment);
        Assert.Equal(50, memory.Length);
        Assert.True(memory.Span.Overlaps(segment.Span, out int offset));
        Assert.Equal(0, offset);
        memory.Span[49] = 7;
        Assert.Equal(7, guest.Memory.Window(new(149), 1).Span[0]);
    }

    [Fact]
    public void What_was_handed_out_sees_the_next_name_and_never_more_than_it_has()
    {
        using TestGuest guest = new((0, Page));
        var bytes = new GuestBytes();
        Memory<byte> first = bytes.Name(guest.Memory.Window(new(0), 50));
        bytes.Name(guest.Memory.Window(new(1000), 60)).Span.Fill(9);
        Assert.Equal(50, first.Span.Length);
        Assert.Equal(9, first.Span[0]);
        bytes.Name(guest.Memory.Window(new(2000), 40));
        Assert.Throws<ArgumentOutOfRangeException>(() => first.Span.Length);
    }

    [Fact]
    public void What_is_forgotten_can_not_be_reached()
    {
        using TestGuest guest = new((0, Page));
        var bytes = new GuestBytes();
        Memory<byte> memory = bytes.Name(guest.Memory.Window(new(0), 50));
        bytes.Forget();
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => memory.Pin());
        Assert.Equal(0, bytes.Memory.Length);

        memory = bytes.Name(guest.Memory.Window(new(0), 50));
        ((IDisposable)bytes).Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Span.Length);
    }

    [Fact]
    public void Private_bytes_take_the_place_of_memory_that_goes()
    {
        var bytes = new GuestBytes();
        Memory<byte> memory;
        byte[] copy = new byte[60];
        using (TestGuest guest = new((0, Page)))
        {
            memory = bytes.Name(guest.Memory.Window(new(0), 50));
            Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Rename(new byte[49]));
            memory.Span.Fill(5);
            memory.CopyTo(copy);
            bytes.Rename(copy);
        }

        Assert.Equal(50, memory.Length);
        Assert.Equal(5, memory.Span[49]);
        memory.Span[0] = 6;
        Assert.Equal(6, copy[0]);
        using MemoryHandle pin = memory[10..].Pin();
        bytes.Forget();
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Span.Length);
    }

    [Fact]
    public void A_pin_stands_where_the_bytes_are()
    {
        using TestGuest guest = new((0, Page));
        var named = new GuestBytes();
        var renamed = new GuestBytes();
        Memory<byte> first = named.Name(guest.Memory.Window(new(0), 50));
        Memory<byte> second = renamed.Name(guest.Memory.Window(new(100), 50));
        first.Span.Fill(1);
        renamed.Rename(Enumerable.Repeat((byte)2, 50).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => named.Pin(51));
        Assert.Throws<ArgumentOutOfRangeException>(() => renamed.Pin(-1));

        // Several at once go to the kernel by their pins.
        string path = Path.GetTempFileName();
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, options: FileOptions.DeleteOnClose))
        {
            first.Span[20] = 3;
            RandomAccess.Write(file, [first[20..], second[49..]], 0);
            Assert.Equal([3, .. Enumerable.Repeat((byte)1, 29), 2], File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void A_segment_above_2_GiB_is_cut()
    {
        var bytes = new GuestBytes();
        Assert.Equal(int.MaxValue, bytes.Name(new IoVector(4096, 3U << 30)).Length); // Never touched.
    }
}
