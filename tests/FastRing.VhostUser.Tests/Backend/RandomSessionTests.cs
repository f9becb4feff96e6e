using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>
/// Well formed requests in any order, over rings full of garbage. The echo device checks what a device may rely on: a queue
/// starts once, stops once, and none runs at a reset; whatever it finds wrong is counted as a fault.
/// </summary>
public class RandomSessionTests
{
    private const ulong MemoryBytes = 1 << 16;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void No_order_of_requests_upsets_the_device(int seed, bool inband)
    {
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { OfferInbandNotifications = inband });
        var random = new Random(seed);
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int session = 0; session < 10; session++)
            {
                RunSession(fixture, random);
            }
        });
        ProcessState.Await(() => fixture.Device.Transport is null, "last session over");
        Assert.Equal(0UL, fixture.Counters.Rejected(RejectionReason.Fault));
        Assert.Equal(fixture.Device.Starts, fixture.Device.Stops);
        Assert.InRange(fixture.Device.Starts, 100, int.MaxValue); // Else nothing was tried.
        using FrontendSession sane = fixture.OpenSession();
        new EchoDriver(sane, sane.StartQueue(0, 16)).Run(10);
    }

    private static void RunSession(BackendFixture fixture, Random random)
    {
        using VhostUserFrontend frontend = fixture.Connect();
        using var near = new DriverMemory(MemoryBytes);
        using var far = new DriverMemory(MemoryBytes, new GuestAddress(1UL << 32));
        using EventFd kick = EventFd.Create();
        using EventFd call = EventFd.Create();
        using BackendRequests? requests = Negotiate(frontend);
        frontend.SetFeatures(fixture.Device.Features | VhostUserFeatures.ProtocolFeatures);
        for (int i = 0; i < 500; i++)
        {
            Scribble(random, near);
            Scribble(random, far);
            kick.Signal();
            try
            {
                Step(frontend, fixture, random, [near, far], kick, call);
            }
            catch (VhostUserException)
            {
                // Refused, which is as good an answer as any.
            }
        }

        frontend.GetFeatures();
    }

    private static BackendRequests? Negotiate(VhostUserFrontend frontend)
    {
        frontend.SetOwner();
        frontend.SetProtocolFeatures(frontend.GetProtocolFeatures());
        return BackendRequests.Open(frontend);
    }

    private static void Step(
        VhostUserFrontend frontend, BackendFixture fixture, Random random, DriverMemory[] memories, EventFd kick, EventFd call)
    {
        int ring = random.Next(2);
        DriverMemory memory = memories[random.Next(2)];
        switch (random.Next(31))
        {
            case 0:
                frontend.SetFeatures((random.Next(2) == 0 ? fixture.Device.Features : 0) | (random.Next(4) == 0 ? 0 : VhostUserFeatures.ProtocolFeatures));
                break;
            case 1:
                frontend.SetMemTable([memory.Region], [memory.File]);
                break;
            case 2:
                frontend.SetMemTable([memories[0].Region, memories[1].Region], [memories[0].File, memories[1].File]);
                break;
            case 3:
                frontend.AddMemRegion(memory.Region, memory.File);
                break;
            case 4:
                frontend.RemoveMemRegion(memory.Region);
                break;
            case 5:
                frontend.SetVringNum(ring, 1u << random.Next(8));
                break;
            case 6:
                frontend.SetVringBase(ring, (uint)random.Next(4));
                break;
            case 7 or 8:
                frontend.SetVringAddr(ring, Addresses(memory, (ulong)random.Next(4)));
                break;
            case 9 or 10:
                frontend.SetVringKick(ring, random.Next(8) == 0 ? null : kick.Fd);
                break;
            case 11:
                frontend.SetVringCall(ring, random.Next(4) == 0 ? null : call.Fd);
                break;
            case 12:
                frontend.SetVringErr(ring, random.Next(4) == 0 ? null : call.Fd);
                break;
            case 13 or 14:
                frontend.SetVringEnable(ring, random.Next(4) != 0);
                break;
            case 15:
                frontend.GetVringBase(ring);
                break;
            case 16:
                frontend.KickInband(ring);
                break;
            case 17 when random.Next(4) == 0:
                frontend.ResetDevice();
                break;
            case 18:
                frontend.SetStatus((byte)random.Next(2));
                break;
            case 24:
                using (var log = new DirtyPages(random.Next(8) == 0 ? 4096 : memories.Max(m => m.Region.Guest.Value + m.Region.SizeBytes)))
                {
                    log.ShareWith(frontend);
                }

                break;
            case 25:
                frontend.SetFeatures(fixture.Device.Features | VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll);
                break;
            case 26:
                frontend.SetVringAddr(ring, Addresses(memory, 0) with { IsLogged = true, Log = new((ulong)random.Next(2) << (16 * random.Next(4))) });
                break;
            case 27:
                frontend.SetLogFd(call.Fd);
                break;
            case 28:
                _ = random.Next(2) == 0 ? frontend.SaveDeviceState().Length : 0;
                frontend.LoadDeviceState(new byte[random.Next(100_000)]);
                break;
            case 29:
                using (InflightBuffer area = frontend.GetInflightFd((ushort)random.Next(4), (ushort)(1 << random.Next(9))))
                {
                    frontend.SetInflightFd(area);
                }

                break;
            case 30:
                frontend.SetInflightFd(new InflightBuffer(memory.File, (ulong)random.Next(1 << 16), 4096UL * (ulong)random.Next(3), 2, 16));
                break;
            case 19 or 20 or 21 or 22:
                SetUp(frontend, ring, memory, kick);
                break;
            default:
                frontend.SetConfig(random.Next(16), [1]);
                break;
        }
    }

    /// <summary>What a frontend does in earnest, so that there are rings for the rest to happen to.</summary>
    private static void SetUp(VhostUserFrontend frontend, int ring, DriverMemory memory, EventFd kick)
    {
        frontend.SetVringNum(ring, 16);
        frontend.SetVringAddr(ring, Addresses(memory, 0));
        frontend.SetVringKick(ring, kick.Fd);
        frontend.SetVringEnable(ring, enabled: true);
    }

    private static VringAddresses Addresses(DriverMemory memory, ulong misalignment)
    {
        ulong start = DriverMemory.ToFrontend(memory.Region.Guest).Value;
        return new VringAddresses(new(start), new(start + 0x4000), new(start + 0x8000 + misalignment));
    }

    /// <summary>Small numbers, so that much of it looks almost right: indexes, lengths, flags, addresses in memory.</summary>
    private static void Scribble(Random random, DriverMemory memory)
    {
        Span<byte> bytes = memory.Bytes(memory.Region.Guest, (int)MemoryBytes);
        for (int i = 0; i < 16; i++)
        {
            bytes[(random.Next(3) * 0x4000) + random.Next(64)] = (byte)random.Next(6);
        }
    }
}
