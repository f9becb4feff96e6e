using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class ConfigTests
{
    [Fact]
    public void Every_range_inside_is_answered_with_its_bytes()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        for (int offset = 0; offset <= 12; offset++)
        {
            for (int size = 1; size <= 12 - offset; size++)
            {
                byte[] bytes = new byte[size];
                session.Frontend.GetConfig(offset, bytes);
                Assert.Equal(fixture.Device.Config[offset..(offset + size)], bytes);
            }
        }
    }

    [Theory]
    [InlineData(0u, 13u)]
    [InlineData(12u, 1u)]
    [InlineData(13u, 0u)]
    [InlineData(1u, uint.MaxValue)]
    [InlineData(uint.MaxValue, 1u)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    [InlineData(0x80000000u, 0x80000000u)]
    public void A_range_outside_is_answered_with_size_zero(uint offset, uint size)
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        byte[] payload = new byte[ConfigPayload.HeadBytes + (int)Math.Min(size, 64)];
        new ConfigPayload(offset, size, 0).Write(payload);
        frontend.Send(VhostUserRequest.GetConfig, payload);
        byte[] reply = frontend.Reply(VhostUserRequest.GetConfig);
        Assert.Equal(new ConfigPayload(offset, 0, 0), ConfigPayload.Read(reply));
        Assert.Equal(ConfigPayload.HeadBytes, reply.Length);
        frontend.AssertAlive();
    }

    [Fact]
    public void A_write_reaches_the_device_and_one_outside_is_refused()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        session.Frontend.SetConfig(8, [0xaa, 0xbb]);
        Assert.Equal([0xaa, 0xbb], fixture.Device.Config[8..10]);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetConfig(11, [1, 2]));
        Assert.Throws<VhostUserException>(() => session.Frontend.SetConfig(-1, [1]));
        Assert.Equal(12, fixture.Device.Config[11]);
    }

    [Fact]
    public void A_write_that_announces_more_bytes_than_it_has_is_refused()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        byte[] payload = new byte[ConfigPayload.HeadBytes + 4];
        new ConfigPayload(0, 5, 0).Write(payload);
        Assert.NotEqual(0UL, frontend.Acknowledged(VhostUserRequest.SetConfig, payload));
        new ConfigPayload(0, 4, 2).Write(payload);
        Assert.NotEqual(0UL, frontend.Acknowledged(VhostUserRequest.SetConfig, payload));
        new ConfigPayload(0, 4, 1).Write(payload);
        Assert.Equal(0UL, frontend.Acknowledged(VhostUserRequest.SetConfig, payload));
    }
}
