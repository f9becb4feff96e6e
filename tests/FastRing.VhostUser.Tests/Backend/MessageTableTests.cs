using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class MessageTableTests
{
    public static TheoryData<VhostUserRequest> Requests => [.. MessageTable.Rows.Select(row => row.Request)];

    [Fact]
    public void Every_request_the_protocol_enumerates_has_a_row() =>
        Assert.Equal(
            Enum.GetValues<VhostUserRequest>().Where(request => request != VhostUserRequest.None).Order(),
            MessageTable.Rows.Select(row => row.Request).Order());

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_payload_of_another_size_closes_the_connection(VhostUserRequest request)
    {
        using var fixture = new BackendFixture();
        MessageRow row = MessageTable.Find(request)!;
        ulong rejected = 0;
        ProcessState.AssertNoFdLeak(() =>
        {
            foreach (uint size in Enumerable.Range(0, 65).Select(size => (uint)size).Append(269u).Append(4096u).Append(4097u).Append(uint.MaxValue))
            {
                if (!row.AllowsPayload(size))
                {
                    using RawFrontend frontend = fixture.ConnectRaw();
                    frontend.Send(RawFrontend.Message(request, new byte[Math.Min(size, 5000)], size: size));
                    Assert.True(frontend.IsClosedByBackend());
                    rejected++;
                }
            }
        });
        Assert.NotEqual(0UL, rejected);
        Assert.Equal(rejected, fixture.Counters.Rejected(RejectionReason.PayloadSize));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void Descriptors_too_many_or_too_few_close_the_connection_and_are_closed(VhostUserRequest request)
    {
        using var fixture = new BackendFixture();
        using EventFd fd = EventFd.Create();
        MessageRow row = MessageTable.Find(request)!;
        byte[] message = RawFrontend.Message(request, new byte[row.MinBytes]);
        ulong rejected = 0;
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int round = 0; round < 20; round++)
            {
                for (int surplus = 1; surplus <= 3; surplus++)
                {
                    Reject(row.MaxFds + surplus);
                }

                if (row.MinFds > 0)
                {
                    Reject(0);
                }
            }
        });
        Assert.Equal(rejected, fixture.Counters.Rejected(RejectionReason.DescriptorCount));

        void Reject(int count)
        {
            using RawFrontend frontend = fixture.ConnectRaw();
            frontend.Send(message, [.. Enumerable.Repeat(fd.Fd, count)]);
            Assert.True(frontend.IsClosedByBackend());
            rejected++;
        }
    }

    [Theory]
    [InlineData(VhostUserRequest.SetVringKick)]
    [InlineData(VhostUserRequest.SetVringCall)]
    [InlineData(VhostUserRequest.SetVringErr)]
    public void A_ring_descriptor_that_is_announced_but_missing_or_the_other_way_round_closes_the_connection(VhostUserRequest request)
    {
        using var fixture = new BackendFixture();
        using EventFd fd = EventFd.Create();
        ProcessState.AssertNoFdLeak(() =>
        {
            using RawFrontend missing = fixture.ConnectRaw();
            missing.Send(request, RawFrontend.Number(0));
            Assert.True(missing.IsClosedByBackend());
            missing.Dispose();
            using RawFrontend surplus = fixture.ConnectRaw();
            surplus.Send(request, RawFrontend.Number(0x100), fd.Fd);
            Assert.True(surplus.IsClosedByBackend());
        });
        Assert.Equal(2UL, fixture.Counters.Rejected(RejectionReason.Payload));
    }

    [Fact]
    public void More_descriptors_than_any_message_may_have_are_all_closed()
    {
        using var fixture = new BackendFixture();
        using EventFd fd = EventFd.Create();
        ProcessState.AssertNoFdLeak(() =>
        {
            foreach (int count in (int[])[17, 40, 253])
            {
                using RawFrontend frontend = fixture.ConnectRaw();
                frontend.Send(RawFrontend.Message(VhostUserRequest.SetMemTable, new byte[8]), [.. Enumerable.Repeat(fd.Fd, count)]);
                Assert.True(frontend.IsClosedByBackend());
            }
        });
        Assert.Equal(3UL, fixture.Counters.Rejected(RejectionReason.DescriptorsLost));
    }

    [Theory]
    [InlineData(0u)] // version 0
    [InlineData(2u)] // version 2
    [InlineData(3u)]
    [InlineData(5u)] // a reply
    [InlineData(0x11u)] // bits nobody defined
    [InlineData(0x80000001u)]
    public void A_header_that_is_no_request_closes_the_connection(uint flags)
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.Send(RawFrontend.Message(VhostUserRequest.GetFeatures, [], flags));
        Assert.True(frontend.IsClosedByBackend());
        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.Header));
    }

    [Fact]
    public void An_unknown_request_is_refused_when_it_wants_an_answer_and_ignored_otherwise()
    {
        using var fixture = new BackendFixture();
        using EventFd fd = EventFd.Create();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        uint[] known = [.. MessageTable.Rows.Select(row => (uint)row.Request)];
        uint[] unknown = [.. Enumerable.Range(0, 300).Select(i => (uint)i).Except(known), 0x7fffffff, 0x80000000, uint.MaxValue];
        ProcessState.AssertNoFdLeak(() =>
        {
            foreach (uint request in unknown)
            {
                frontend.Send(RawFrontend.Message((VhostUserRequest)request, new byte[request % 64]), fd.Fd);
                Assert.NotEqual(0UL, frontend.Acknowledged((VhostUserRequest)request, new byte[request % 64], fd.Fd));
            }
        });
        frontend.AssertAlive();
        Assert.Equal(2UL * (ulong)unknown.Length, fixture.Counters.Rejected(RejectionReason.UnknownRequest));
    }

    [Fact]
    public void An_acknowledgement_nobody_negotiated_is_not_sent()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.Send(RawFrontend.Message(VhostUserRequest.SetOwner, [], RawFrontend.NeedReply));
        frontend.AssertAlive(); // The first reply is that to GET_FEATURES.
    }

    [Theory]
    [InlineData(VhostUserRequest.AddMemReg)]
    [InlineData(VhostUserRequest.RemMemReg)]
    [InlineData(VhostUserRequest.ResetDevice)]
    [InlineData(VhostUserRequest.SetStatus)]
    [InlineData(VhostUserRequest.SetBackendReqFd)]
    [InlineData(VhostUserRequest.VringKick)]
    public void A_request_of_a_protocol_feature_that_was_not_negotiated_is_refused(VhostUserRequest request)
    {
        using var fixture = new BackendFixture();
        using EventFd fd = EventFd.Create();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        MessageRow row = MessageTable.Find(request)!;
        OwnedFd[] fds = [.. Enumerable.Repeat(fd.Fd, row.MinFds)];
        ProcessState.AssertNoFdLeak(() => Assert.NotEqual(0UL, frontend.Acknowledged(request, new byte[row.MinBytes], fds)));
        frontend.AssertAlive();
    }
}
