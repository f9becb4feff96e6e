using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>A frontend that passes a kick descriptor as a call descriptor too: what the device tells the driver comes back to the device.</summary>
public class OwnCallTests
{
    private const int Echoes = 100;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_call_descriptor_that_is_a_kick_descriptor_ends_in_no_circle_and_others_are_served(bool packed, bool crossed)
    {
        // Without event index the driver is told of everything that is published.
        ulong features = VirtioFeatures.Version1 | (packed ? VirtioFeatures.RingPacked : 0);
        var device = new EchoDevice(queues: 3) { Features = features };
        using var fixture = new BackendFixture(device: device);
        using FrontendSession session = fixture.OpenSession(features);
        using var first = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        using var second = new ManualRing(session.Frontend, session.Memory, 1, 16, session.Features);
        var good = new EchoDriver(session, session.StartQueue(2, 64));
        first.SetUp();
        second.SetUp();
        session.Frontend.SetVringCall(0, (crossed ? second : first).Kick.Fd);
        session.Frontend.SetVringCall(1, (crossed ? first : second).Kick.Fd);

        for (int i = 0; i < Echoes; i++)
        {
            first.EchoOne();
            second.EchoOne();
            good.Run(1);
        }

        long[] kicks = Kicks();
        good.Run(Echoes);

        // The driver's kick, and the one that is the answer, each time; and those of the start.
        Assert.All(kicks, count => Assert.InRange(count, Echoes, (2 * Echoes) + 3));
        Assert.Equal(kicks, Kicks());

        long[] Kicks()
        {
            fixture.Settle();
            long[] seen = [];
            fixture.Run(() => seen = [device.Kicks(0), device.Kicks(1)]);
            return seen;
        }
    }
}
