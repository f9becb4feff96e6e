using FastRing.Devices;

namespace FastRing.Transports.Tests.VfioUser;

/// <summary>A device that throws where a device must not: its client is the only one who loses anything, and the next is served.</summary>
public sealed class VfioUserFaultTests : IDisposable
{
    private readonly VfioUserFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void What_it_throws_over_its_configuration_ends_the_connection()
    {
        _fixture.Faults = 1;
        using VfioUserDriver driver = _fixture.Driver(out _);
        Fail();
        driver.Client.Send(VfioUserClient.Message(FastRing.VfioUser.Protocol.VfioUserCommand.RegionRead, VfioUserClient.Words(0x2000, 0, 0, 4)));
        Assert.True(driver.Client.IsClosedByServer());
        AssertServed();
    }

    [Fact]
    public void What_it_throws_when_a_queue_is_taken_from_it_is_counted_and_the_others_are_taken()
    {
        using VfioUserDriver driver = _fixture.Driver(out _);
        Fail();
        driver.Status = 0;
        Assert.Equal(DeviceStatus.None, driver.Status);
        Assert.Equal(1ul, _fixture.Worker.Run(() => _fixture.Server.RegisterCounters!.Faults));
        Assert.Equal(1, _fixture.Worker.Run(() => _fixture.Echo.Stops));
    }

    [Fact]
    public void What_it_throws_when_its_client_leaves_does_not_reach_the_next()
    {
        _fixture.Faults = 1;
        using (VfioUserClient client = _fixture.Connect())
        {
            Fail(); // No queue runs: its reset is the first thing that can.
        }

        Patience.Await(() => !_fixture.Server.IsConnected, "the end");
        AssertServed();
    }

    private void Fail() => _fixture.Worker.Run(() => _fixture.Echo.NextFault = new InvalidOperationException("asked for"));

    private void AssertServed()
    {
        using VfioUserDriver next = _fixture.Driver(out DriverQueue queue);
        Echo.Once(next, queue);
    }
}
