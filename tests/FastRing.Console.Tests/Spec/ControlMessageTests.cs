using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Spec;

public sealed class ControlMessageTests
{
    [Fact]
    public void A_message_is_8_bytes_little_endian()
    {
        var bytes = new byte[8];

        new ControlMessage(0x0403_0201, (ControlEvent)0x0605, 0x0807).Write(bytes);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], bytes);
        Assert.Equal(new ControlMessage(0x0403_0201, (ControlEvent)0x0605, 0x0807), ControlMessage.Read(bytes));
    }
}
