using System.Text;
using FastRing.Examples;

namespace FastRing.Guest.Tests.Examples;

public sealed class EventLinesTests
{
    [Fact]
    public async Task Lines_come_as_words_however_they_were_cut()
    {
        using OneByteStream stream = new("1 reboot\n2 logoff alice\n\nrest");
        EventLines lines = new(stream);

        Assert.Equal(["1", "reboot"], (await lines.ReadAsync(default))!);
        Assert.Equal(["2", "logoff", "alice"], (await lines.ReadAsync(default))!);
        Assert.Equal([""], (await lines.ReadAsync(default))!);
        Assert.Null(await lines.ReadAsync(default));
    }

    [Fact]
    public async Task A_line_may_have_255_bytes_and_a_longer_one_is_refused()
    {
        string longest = new('x', 255);
        EventLines lines = new(new MemoryStream(Encoding.ASCII.GetBytes($"{longest}\n{longest}y\n")));

        Assert.Equal([longest], (await lines.ReadAsync(default))!);
        await Assert.ThrowsAsync<InvalidDataException>(() => lines.ReadAsync(default));
    }

    [Theory]
    [InlineData("1 reboot\r\n")]
    [InlineData("1 reb\0oot\n")]
    [InlineData("1 \u00fcber\n")]
    [InlineData("\u001b[2J\n")]
    public async Task Anything_but_printable_ascii_is_refused(string text)
    {
        EventLines lines = new(new MemoryStream(Encoding.UTF8.GetBytes(text)));

        await Assert.ThrowsAsync<InvalidDataException>(() => lines.ReadAsync(default));
    }

    private sealed class OneByteStream(string text) : MemoryStream(Encoding.ASCII.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
