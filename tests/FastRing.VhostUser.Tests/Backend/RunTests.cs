using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.VhostUser.Tests.Backend;

public class RunTests
{
    [Theory]
    [InlineData(0UL, 0)]
    [InlineData(VirtioFeatures.EventIndex, 0)]
    [InlineData(VirtioFeatures.IndirectDescriptors, 4)]
    [InlineData(VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors, 4)]
    public void Ten_thousand_buffers_come_back_through_both_queues(ulong features, int indirectEntries)
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession(features | VirtioFeatures.Version1);
        Assert.Equal(features | VirtioFeatures.Version1, session.Features);
        var first = new EchoDriver(session, session.StartQueue(0, 64, indirectEntries), parts: 2);
        var second = new EchoDriver(session, session.StartQueue(1, 256, indirectEntries), parts: 2);
        for (int i = 0; i < 100; i++)
        {
            first.Run(100);
            second.Run(100);
        }

        Assert.Equal(10_000, first.Echoed);
        Assert.Equal(10_000, second.Echoed);
        Assert.Equal(features | VirtioFeatures.Version1, fixture.Device.Negotiated);
        Assert.Equal(0UL, fixture.Counters.BrokenQueues);
    }
}
