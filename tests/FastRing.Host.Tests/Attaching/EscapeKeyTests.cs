using FastRing.Host.Attaching;

namespace FastRing.Host.Tests.Attaching;

public sealed class EscapeKeyTests
{
    [Theory]
    [InlineData("^]", 0x1D, "^]")]
    [InlineData("^a", 0x01, "^A")]
    [InlineData("^A", 0x01, "^A")]
    [InlineData("^@", 0x00, "^@")]
    [InlineData("^_", 0x1F, "^_")]
    [InlineData("~", 0x7E, "~")]
    public void A_key_is_a_control_key_or_a_character(string text, byte sent, string shown)
    {
        EscapeKey? key = EscapeKey.Parse(text);
        Assert.Equal(sent, key!.Value.Byte);
        Assert.Equal(shown, $"{key}");
    }

    [Fact]
    public void None_is_no_key() => Assert.Null(EscapeKey.Parse("none"));

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("^1")]
    [InlineData("^]]")]
    [InlineData(" ")]
    [InlineData("\u00e4")]
    public void Anything_else_is_wrong_usage(string text) => Assert.Throws<UsageException>(() => EscapeKey.Parse(text));
}
