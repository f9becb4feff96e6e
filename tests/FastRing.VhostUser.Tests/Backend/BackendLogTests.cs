using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;
using Microsoft.Extensions.Logging;

namespace FastRing.VhostUser.Tests.Backend;

public class BackendLogTests
{
    [Fact]
    public void A_log_line_names_the_request_and_the_reason_and_there_is_one_a_second()
    {
        var log = new ListLogger();
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "vm1", log));
        long begin = Environment.TickCount64;
        using EventFd fd = EventFd.Create();
        for (int i = 0; i < 100; i++)
        {
            using RawFrontend frontend = fixture.ConnectRaw();
            frontend.Send(VhostUserRequest.SetVringNum, new byte[8], fd.Fd);
            Assert.True(frontend.IsClosedByBackend());
        }

        string[] lines = [.. log.Lines.Where(line => line.Contains("SetVringNum", StringComparison.Ordinal))];
        Assert.InRange(lines.Length, 1, 1 + (int)((Environment.TickCount64 - begin) / 1000));
        Assert.Equal("vm1: SetVringNum rejected (DescriptorCount): number of descriptors", lines[0]);
        Assert.Equal(100UL, fixture.Counters.Rejected(RejectionReason.DescriptorCount));
    }
}
