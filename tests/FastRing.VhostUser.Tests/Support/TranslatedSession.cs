using FastRing.Memory;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>A driver that knows its memory by I/O virtual addresses only, an IOMMU that translates them, and an echo device behind it.</summary>
internal sealed class TranslatedSession : IDisposable
{
    public const ulong Page = FrontendIommu.PageBytes;
    public const ulong MemoryBytes = 1 << 20;

    /// <summary>Where the driver sees its memory: far above what is its guest physical memory.</summary>
    public static readonly GuestAddress Base = new(0xffff_f000_0000);

    private readonly List<IotlbMessage> _misses = [];

    public TranslatedSession(ulong features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex, bool mapped = true, bool tellsOnlyWhatIsAsked = false, int queues = 2)
    {
        Fixture = new BackendFixture(device: new EchoDevice(queues) { Features = features | VirtioFeatures.AccessPlatform });
        Session = new FrontendSession(Fixture.Connect(), MemoryBytes, ulong.MaxValue, memory: new DriverMemoryOptions { IovaBase = Base });
        Iommu = new FrontendIommu(Session.Frontend) { TellsOnlyWhatIsAsked = tellsOnlyWhatIsAsked };
        Iommu.Missed += miss =>
        {
            lock (_misses)
            {
                _misses.Add(miss);
            }
        };
        if (mapped)
        {
            Map(Base, MemoryBytes);
        }
    }

    public BackendFixture Fixture { get; }

    public FrontendSession Session { get; }

    public FrontendIommu Iommu { get; }

    /// <summary>Every miss so far.</summary>
    public IReadOnlyList<IotlbMessage> Misses
    {
        get
        {
            lock (_misses)
            {
                return [.. _misses];
            }
        }
    }

    /// <summary>Maps memory to where it is.</summary>
    public void Map(GuestAddress address, ulong bytes, IotlbAccess access = IotlbAccess.ReadWrite) => Iommu.Map(address.Value, bytes, FrontendOf(address), access);

    /// <summary>The frontend address of the memory that belongs at an I/O virtual one.</summary>
    public FrontendAddress FrontendOf(GuestAddress address) => new(Session.Memory.Region.Frontend.Value + (address.Value - Base.Value));

    /// <summary>Waits until a miss came that <paramref name="is"/> this one.</summary>
    public void UntilMissed(Predicate<IotlbMessage> @is) =>
        Assert.True(SpinWait.SpinUntil(() => Misses.Any(miss => @is(miss)), TimeSpan.FromSeconds(10)), "nobody asked");

    public void Dispose()
    {
        Iommu.Dispose();
        Session.Dispose();
        Fixture.Dispose();
    }
}
