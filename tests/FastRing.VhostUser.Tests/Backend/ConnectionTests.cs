using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Backend;

public class ConnectionTests
{
    [Fact]
    public void A_message_cut_at_any_byte_leaves_nothing_behind()
    {
        using var fixture = new BackendFixture();
        using EventFd eventFd = EventFd.Create();
        using var memory = new DriverMemory(1 << 16);
        byte[] table = new byte[40];
        table[0] = 1;
        memory.Region.Write(table.AsSpan(8));
        (byte[] Bytes, OwnedFd[] Fds)[] messages =
        [
            (RawFrontend.Message(VhostUserRequest.SetMemTable, table), [memory.File]),
            (RawFrontend.Message(VhostUserRequest.SetVringKick, RawFrontend.Number(0)), [eventFd.Fd]),
            (RawFrontend.Message(VhostUserRequest.SetVringAddr, new byte[40]), []),
            (RawFrontend.Message(VhostUserRequest.GetVringBase, RawFrontend.State(0, 0)), []),
            (RawFrontend.Message((VhostUserRequest)77, new byte[20]), [eventFd.Fd, eventFd.Fd]),
        ];
        ulong cut = 0;
        int mappings = ProcessState.Mappings;
        ProcessState.AssertNoFdLeak(() =>
        {
            foreach ((byte[] bytes, OwnedFd[] fds) in messages)
            {
                for (int length = 1; length <= bytes.Length; length++)
                {
                    using RawFrontend frontend = fixture.ConnectRaw();
                    frontend.Send(bytes.AsSpan(0, length), fds);
                    cut += length < bytes.Length ? 1UL : 0;
                }
            }
        });
        ProcessState.Await(() => fixture.Counters.Rejected(RejectionReason.CutOff) == cut, $"{cut} messages cut off");
        ProcessState.Await(() => ProcessState.Mappings == mappings, "memory unmapped");
        ProcessState.Await(() => fixture.Counters.Messages == (ulong)messages.Length, "the whole ones handled");
    }

    [Fact]
    public void A_message_that_comes_byte_by_byte_is_understood_and_so_is_the_next()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        byte[] bytes = [
            .. RawFrontend.Message(VhostUserRequest.SetFeatures, RawFrontend.Number(VhostUserFeatures.ProtocolFeatures)),
            .. RawFrontend.Message(VhostUserRequest.GetQueueNum, [])];
        foreach (byte one in bytes)
        {
            Assert.True(frontend.Send([one]));
            fixture.Settle();
        }

        Assert.Equal(RawFrontend.Number(2), frontend.Reply(VhostUserRequest.GetQueueNum));
    }

    [Fact]
    public void Messages_that_come_together_keep_their_own_descriptors()
    {
        using var fixture = new BackendFixture();
        using EventFd fd = EventFd.Create();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        byte[] without = RawFrontend.Message(VhostUserRequest.SetVringCall, RawFrontend.Number(0x100), RawFrontend.NeedReply);
        byte[] with = RawFrontend.Message(VhostUserRequest.SetVringCall, RawFrontend.Number(1), RawFrontend.NeedReply);

        // Two plain messages and the one with the descriptor are in the socket before the backend looks.
        fixture.Run(() =>
        {
            frontend.Send([.. without, .. without]);
            frontend.Send(with, fd.Fd);
            frontend.Send(without);
        });
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(RawFrontend.Number(0), frontend.Reply(VhostUserRequest.SetVringCall));
        }
    }

    [Fact]
    public void Half_a_message_does_not_stall_a_neighbour_on_the_same_worker()
    {
        using var worker = new Worker("shared", _ => { });
        using var slow = new BackendFixture(worker: worker);
        using var neighbour = new BackendFixture(worker: worker);
        using RawFrontend half = slow.ConnectRaw();
        half.Send(RawFrontend.Message(VhostUserRequest.SetVringAddr, new byte[40]).AsSpan(0, 20));
        using FrontendSession session = neighbour.OpenSession();
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        driver.Run(1000);
        Assert.Equal(0UL, slow.Counters.Messages);
    }

    [Fact]
    public void A_message_has_a_deadline_and_an_idle_connection_none()
    {
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { MessageDeadline = TimeSpan.FromMilliseconds(50) });
        using (RawFrontend idle = fixture.ConnectRaw())
        {
            // A message in two pieces arms the timer; once it is whole, the time that passes counts for nothing.
            byte[] message = RawFrontend.Message(VhostUserRequest.SetOwner, []);
            idle.Send(message.AsSpan(0, 5));
            fixture.Settle();
            idle.Send(message.AsSpan(5));
            Thread.Sleep(200);
            idle.AssertAlive();
            Assert.Equal(0UL, fixture.Counters.Rejected(RejectionReason.Timeout));
        }

        using RawFrontend slow = fixture.ConnectRaw();
        slow.Send(RawFrontend.Message(VhostUserRequest.SetOwner, []).AsSpan(0, 5));
        Assert.True(slow.IsClosedByBackend());
        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.Timeout));
    }

    [Fact]
    public void A_frontend_that_does_not_read_its_replies_is_cut_off()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        byte[] message = RawFrontend.Message(VhostUserRequest.GetFeatures, []);
        int sent = 0;
        while (frontend.Send(message))
        {
            Assert.True(++sent < 1_000_000, "the backend keeps everything");
        }

        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.ReplyNotRead));
        using RawFrontend next = fixture.ConnectRaw();
        next.AssertAlive();
    }

    [Fact]
    public void A_device_that_fails_costs_its_frontend_the_connection_and_the_next_is_served()
    {
        using var fixture = new BackendFixture();
        using (RawFrontend frontend = fixture.ConnectRaw())
        {
            fixture.Device.NextFault = new InvalidOperationException("broken device");
            frontend.Send(VhostUserRequest.GetConfig, [0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            Assert.True(frontend.IsClosedByBackend());
        }

        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.Fault));
        using RawFrontend next = fixture.ConnectRaw();
        next.AssertAlive();
    }
}
