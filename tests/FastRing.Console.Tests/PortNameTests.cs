namespace FastRing.Console.Tests;

public sealed class PortNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("org.qemu.guest_agent.0")]
    [InlineData("com.redhat.spice.0")]
    [InlineData("~!#$%&'()*+,-:;<=>?@[\\]^_`{|}")]
    [InlineData("...")]
    public void A_printable_name_is_valid(string name) => Assert.Null(PortName.WhyInvalid(name));

    [Fact]
    public void A_name_has_100_characters_at_the_most()
    {
        Assert.Null(PortName.WhyInvalid(new string('n', 100)));
        Assert.Contains("101", PortName.WhyInvalid(new string('n', 101)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("a\n")]
    [InlineData("a\u007f")]
    [InlineData("caf\u00e9")]
    [InlineData("\u4e2d")]
    public void A_name_the_guest_could_not_use_is_refused(string name) => Assert.NotNull(PortName.WhyInvalid(name));

    [Fact]
    public void The_reason_holds_no_control_characters() => Assert.DoesNotContain('\u001b', PortName.WhyInvalid("a\u001b[2J")!);
}
