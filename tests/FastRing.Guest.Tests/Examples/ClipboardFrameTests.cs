using System.Buffers.Binary;
using System.Text;
using FastRing.Examples;

namespace FastRing.Guest.Tests.Examples;

public sealed class ClipboardFrameTests
{
    [Theory]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("Grüße, 剪贴板 📋")]
    public async Task A_frame_arrives_as_it_was_sent(string text)
    {
        using MemoryStream stream = new();
        await new ClipboardFrame(7, text).WriteAsync(stream, default);
        await new ClipboardFrame(ulong.MaxValue, text + "!").WriteAsync(stream, default);
        stream.Position = 0;

        Assert.Equal(new ClipboardFrame(7, text), await ClipboardFrame.ReadAsync(stream, default));
        Assert.Equal(new ClipboardFrame(ulong.MaxValue, text + "!"), await ClipboardFrame.ReadAsync(stream, default));
        Assert.Null(await ClipboardFrame.ReadAsync(stream, default));
    }

    [Fact]
    public async Task A_frame_cut_anywhere_is_told_from_an_end()
    {
        using MemoryStream whole = new();
        await new ClipboardFrame(7, "text").WriteAsync(whole, default);

        for (int length = 1; length < whole.Length; length++)
        {
            using MemoryStream cut = new(whole.ToArray()[..length]);
            await Assert.ThrowsAsync<EndOfStreamException>(() => ClipboardFrame.ReadAsync(cut, default));
        }
    }

    [Theory]
    [InlineData(ClipboardFrame.MaxBytes + 1)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public async Task A_frame_that_says_it_is_too_long_is_refused_before_anything_is_allocated(uint length)
    {
        byte[] header = new byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), length);
        using MemoryStream stream = new(header);

        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException e = await Assert.ThrowsAsync<InvalidDataException>(() => ClipboardFrame.ReadAsync(stream, default));

        Assert.Contains($"{length} bytes", e.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < ClipboardFrame.MaxBytes);
    }

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0xc0, 0x80 })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { (byte)'a', 0xe2, 0x82 })]
    public async Task A_text_that_is_not_utf8_is_refused(byte[] text)
    {
        byte[] frame = [0, 0, 0, 0, 0, 0, 0, 0, (byte)text.Length, 0, 0, 0, .. text];
        using MemoryStream stream = new(frame);

        await Assert.ThrowsAsync<InvalidDataException>(() => ClipboardFrame.ReadAsync(stream, default));
    }

    [Fact]
    public async Task Random_bytes_are_a_frame_or_an_error_of_the_stream()
    {
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            if (bytes.Length >= 12 && random.Next(2) == 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), random.Next(30));
            }

            using MemoryStream stream = new(bytes);
            try
            {
                ClipboardFrame? frame = await ClipboardFrame.ReadAsync(stream, default);
                Assert.True(frame is null ? bytes.Length == 0 : Encoding.UTF8.GetByteCount(frame.Text) <= bytes.Length);
            }
            catch (IOException)
            {
                // InvalidDataException is a SystemException, EndOfStreamException an IOException.
            }
            catch (InvalidDataException)
            {
            }
        }
    }
}
