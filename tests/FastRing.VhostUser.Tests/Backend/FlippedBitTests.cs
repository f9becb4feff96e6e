using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>A whole session of a good frontend with one bit of it wrong, for each of its bits, or cut off, after each of its bytes.</summary>
public class FlippedBitTests
{
    private const ushort Size = 16;

    [Fact]
    public void A_session_with_any_bit_flipped_leaves_nothing_behind_and_the_next_is_served() =>
        PlayAll(message => 8 * message, (bytes, bit) => bytes[bit / 8] ^= (byte)(1 << (bit % 8)), RejectionReason.Header, RejectionReason.PayloadSize, RejectionReason.UnknownRequest, RejectionReason.Refused);

    [Fact]
    public void A_session_cut_after_any_byte_leaves_nothing_behind_and_the_next_is_served() => PlayAll(message => message, null, RejectionReason.CutOff);

    /// <summary>Plays the session once for each place.</summary>
    /// <param name="places">How many a message of so many bytes has.</param>
    /// <param name="damage">What is wrong there; null: it ends there.</param>
    /// <param name="reasons">What it is rejected for, some time or other.</param>
    private static void PlayAll(Func<int, int> places, Action<byte[], int>? damage, params RejectionReason[] reasons)
    {
        using var fixture = new BackendFixture();
        using var memory = new DriverMemory(1 << 16);
        using EventFd fd = EventFd.Create();
        (byte[] Bytes, OwnedFd[] Fds)[] session = Session(memory, fd.Fd);
        int mappings = ProcessState.Mappings;
        ulong sessions = 0;
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int message = 0; message < session.Length; message++)
            {
                for (int place = 0; place < places(session[message].Bytes.Length); place++)
                {
                    Play(fixture, session, message, place, damage);
                    sessions++;
                }
            }
        });
        ProcessState.Await(() => fixture.Counters.Sessions == sessions && !fixture.Backend.IsConnected, $"{sessions} sessions");
        ProcessState.Await(() => ProcessState.Mappings == mappings, "memory unmapped");
        Assert.Equal(fixture.Device.Starts, fixture.Device.Stops);
        Assert.Equal(0UL, fixture.Counters.Rejected(RejectionReason.Fault));
        Assert.All(reasons, reason => Assert.NotEqual(0UL, fixture.Counters.Rejected(reason)));

        using FrontendSession next = fixture.OpenSession();
        new EchoDriver(next, next.StartQueue(0, 64)).Run(100);
    }

    private static void Play(BackendFixture fixture, (byte[] Bytes, OwnedFd[] Fds)[] session, int damaged, int place, Action<byte[], int>? damage)
    {
        using RawFrontend frontend = fixture.ConnectRaw();
        for (int i = 0; i < session.Length; i++)
        {
            byte[] bytes = [.. session[i].Bytes];
            bool isCut = i == damaged && damage is null;
            if (i == damaged)
            {
                damage?.Invoke(bytes, place);
            }

            if ((isCut && place == 0) || !frontend.Send(isCut ? bytes[..place] : bytes, session[i].Fds) || isCut)
            {
                return; // It was cut off, or is here.
            }
        }
    }

    /// <summary>What user-mode Linux and QEMU say, from the first message to a running ring and to its end.</summary>
    private static (byte[] Bytes, OwnedFd[] Fds)[] Session(DriverMemory memory, OwnedFd fd)
    {
        byte[] table = new byte[sizeof(ulong) + MemoryRegion.PayloadBytes];
        table[0] = 1;
        memory.Region.Write(table.AsSpan(sizeof(ulong)));
        byte[] addresses = Addresses(memory);
        byte[] inflight = new byte[InflightPayload.PaddedBytes];
        new InflightPayload((ulong)new InflightLayout(2, Size, 64).SizeBytes, 0, 2, Size).Write(inflight);
        const ProtocolFeatures Protocol = ProtocolFeatures.ReplyAck | ProtocolFeatures.InflightSharedMemory | ProtocolFeatures.Config | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.ResetDevice;
        return
        [
            (RawFrontend.Message(VhostUserRequest.SetProtocolFeatures, RawFrontend.Number((ulong)Protocol)), []),
            (RawFrontend.Message(VhostUserRequest.SetFeatures, RawFrontend.Number(VirtioFeatures.Version1 | VhostUserFeatures.ProtocolFeatures)), []),
            (RawFrontend.Message(VhostUserRequest.SetMemTable, table), [memory.File]),
            (RawFrontend.Message(VhostUserRequest.GetInflightFd, inflight), []),
            (RawFrontend.Message(VhostUserRequest.SetInflightFd, inflight), [memory.File]),
            (RawFrontend.Message(VhostUserRequest.SetVringNum, RawFrontend.State(0, Size)), []),
            (RawFrontend.Message(VhostUserRequest.SetVringBase, RawFrontend.State(0, 0)), []),
            (RawFrontend.Message(VhostUserRequest.SetVringAddr, addresses), []),
            (RawFrontend.Message(VhostUserRequest.SetVringErr, RawFrontend.Number(0)), [fd]),
            (RawFrontend.Message(VhostUserRequest.SetVringCall, RawFrontend.Number(0)), [fd]),
            (RawFrontend.Message(VhostUserRequest.SetVringKick, RawFrontend.Number(0)), [fd]),
            (RawFrontend.Message(VhostUserRequest.SetVringEnable, RawFrontend.State(0, 1)), []),
            (RawFrontend.Message(VhostUserRequest.GetConfig, [0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), []),
            (RawFrontend.Message(VhostUserRequest.RemMemReg, table), []),
            (RawFrontend.Message(VhostUserRequest.AddMemReg, table), [memory.File]),
            (RawFrontend.Message(VhostUserRequest.GetVringBase, RawFrontend.State(0, 0)), []),
            (RawFrontend.Message(VhostUserRequest.ResetDevice, []), []),
        ];
    }

    private static byte[] Addresses(DriverMemory memory)
    {
        Queues.VirtqueueSetup setup = RingSetup.At(memory.Allocate(4096), Size, VirtioFeatures.Version1);
        byte[] payload = new byte[VringAddresses.SizeBytes];
        new VringAddresses(DriverMemory.ToFrontend(setup.Descriptors), DriverMemory.ToFrontend(setup.Driver), DriverMemory.ToFrontend(setup.Device)).Write(payload, 0);
        return payload;
    }
}
