using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRing.Interop.Tests;

public class LayoutTests
{
    [Fact]
    public void IoVector_is_struct_iovec()
    {
        Assert.Equal(2 * nint.Size, Unsafe.SizeOf<IoVector>());
        IoVector[] vectors = [new(unchecked((nint)0x1122334455667788), 0x99)];
        Span<ulong> words = MemoryMarshal.Cast<IoVector, ulong>(vectors.AsSpan());
        Assert.Equal([0x1122334455667788ul, 0x99ul], words.ToArray());
    }

    [Fact]
    public void Message_header_is_struct_msghdr()
    {
        Assert.Equal(56, Unsafe.SizeOf<MessageHeader>());
        Assert.Equal(8, Offset<MessageHeader>(nameof(MessageHeader.NameLength)));
        Assert.Equal(16, Offset<MessageHeader>(nameof(MessageHeader.Vectors)));
        Assert.Equal(24, Offset<MessageHeader>(nameof(MessageHeader.VectorCount)));
        Assert.Equal(32, Offset<MessageHeader>(nameof(MessageHeader.Control)));
        Assert.Equal(40, Offset<MessageHeader>(nameof(MessageHeader.ControlLength)));
        Assert.Equal(48, Offset<MessageHeader>(nameof(MessageHeader.Flags)));
    }

    [Fact]
    public void Control_header_is_struct_cmsghdr()
    {
        Assert.Equal(16, Unsafe.SizeOf<ControlHeader>());
        Assert.Equal(8, Offset<ControlHeader>(nameof(ControlHeader.Level)));
        Assert.Equal(12, Offset<ControlHeader>(nameof(ControlHeader.Type)));
    }

    [Fact]
    public void Time_is_struct_timespec()
    {
        Assert.Equal(16, Unsafe.SizeOf<TimeSpec>());
        Assert.Equal(8, Offset<TimeSpec>(nameof(TimeSpec.Nanoseconds)));
    }

    [Fact]
    public void Unix_address_is_struct_sockaddr_un()
    {
        Assert.Equal(110, Unsafe.SizeOf<UnixAddress>());
        Assert.Equal(UnixAddress.PathOffset, Offset<UnixAddress>(nameof(UnixAddress.Path)));
    }

    [Fact]
    public void File_status_has_the_size_the_kernel_writes() => Assert.Equal(256, Unsafe.SizeOf<FileStatus>());

    [Fact]
    public void Epoll_event_is_packed_on_x64_only()
    {
        (int Bytes, int Data) expected = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (12, 4) : (16, 8);
        Assert.Equal(expected, (Libc.EpollEventBytes, Libc.EpollDataOffset));
    }

    [Fact]
    public void A_slice_stays_inside_its_vector()
    {
        IoVector vector = new(0x1000, 10);
        Assert.Equal((0x1004, 6u), (vector.Slice(4).Address, vector.Slice(4).Length));
        Assert.Equal((0x1004, 3u), (vector.Slice(4, 3).Address, vector.Slice(4, 3).Length));
        Assert.Equal(0u, vector.Slice(10).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => vector.Slice(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => vector.Slice(4, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => vector.Slice(4, nuint.MaxValue));
    }

    [Fact]
    public void A_vector_longer_than_a_span_refuses_to_be_one()
    {
        Assert.Throws<OverflowException>(() => new IoVector(0x1000, (nuint)int.MaxValue + 1).Span.Length);
        Assert.Throws<OverflowException>(() => new IoVector(0x1000, unchecked((nuint)(5ul << 30))).Span.Length);
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
