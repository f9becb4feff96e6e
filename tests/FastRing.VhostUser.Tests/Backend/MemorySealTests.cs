using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>What a backend asks of the files of its guest's memory.</summary>
public sealed class MemorySealTests : IDisposable
{
    private static readonly DriverMemoryOptions s_sealed = new() { Sealed = true };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-seals-");

    [Fact]
    public void A_file_that_takes_seals_can_not_shrink_any_more_once_the_backend_has_it_but_still_grow()
    {
        using BackendFixture fixture = With(MemorySealPolicy.Add);
        using FrontendSession session = fixture.OpenSession();
        new EchoDriver(session, session.StartQueue(0, 64)).Run(100);
        Assert.Equal(FileSeals.Shrink, MemFd.GetSeals(session.Memory.File));
        Assert.Throws<UnauthorizedAccessException>(() => SetLength(session.Memory.File, 4096));
        SetLength(session.Memory.File, 2 << 20);
        new EchoDriver(session, session.StartQueue(1, 64)).Run(100);
        Assert.Equal(0UL, fixture.Counters.LostMemories);
    }

    [Fact]
    public void Nobody_asks_for_seals_unless_told_to()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        Assert.Equal(FileSeals.None, MemFd.GetSeals(session.Memory.File));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_that_take_no_seals_are_served_as_ever_where_seals_are_only_added(bool onDisk)
    {
        using BackendFixture fixture = With(MemorySealPolicy.Add);
        using FrontendSession session = fixture.OpenSession();
        using OwnedFd file = Unsealable(onDisk);
        session.Frontend.AddMemRegion(Far(session, 0), file);
        new EchoDriver(session, session.StartQueue(0, 64)).Run(100);
        Assert.Equal(0UL, fixture.Counters.Rejected(RejectionReason.Refused));
    }

    [Fact]
    public void Memory_whose_file_is_sealed_is_what_a_backend_that_requires_it_takes()
    {
        using BackendFixture fixture = With(MemorySealPolicy.Require);
        using var session = new FrontendSession(fixture.Connect(), 1 << 20, ulong.MaxValue, memory: s_sealed);
        new EchoDriver(session, session.StartQueue(0, 64)).Run(100);
        Assert.Equal((0UL, 0UL), (fixture.Counters.Rejected(RejectionReason.Refused), fixture.Counters.LostMemories));
    }

    [Theory]
    [InlineData("unsealed")]
    [InlineData("unsealable")]
    [InlineData("on disk")]
    public void A_backend_that_requires_seals_refuses_others_and_serves_on_with_what_it_had(string what)
    {
        using BackendFixture fixture = With(MemorySealPolicy.Require);
        using var session = new FrontendSession(fixture.Connect(), 1 << 20, ulong.MaxValue, memory: s_sealed);
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        using OwnedFd file = what == "unsealed" ? MemFd.Create("unsealed", 1 << 20) : Unsealable(what == "on disk");
        Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(Far(session, 0), file));
        Assert.Throws<VhostUserException>(() => session.Frontend.SetMemTable([session.Memory.Region, Far(session, 0)], [session.Memory.File, file]));
        Assert.Equal(2UL, fixture.Counters.Rejected(RejectionReason.Refused));
        driver.Run(100);
    }

    [Fact]
    public void A_sealed_file_that_is_too_short_is_refused_all_the_same()
    {
        using BackendFixture fixture = With(MemorySealPolicy.Require);
        using var session = new FrontendSession(fixture.Connect(), 1 << 20, ulong.MaxValue, memory: s_sealed);
        Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(Far(session, 4096), session.Memory.File));
        new EchoDriver(session, session.StartQueue(0, 64)).Run(100);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static BackendFixture With(MemorySealPolicy seals) => new(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { MemorySeals = seals });

    private static MemoryRegion Far(FrontendSession session, ulong offset) =>
        session.Memory.Region with { Guest = new GuestAddress(1UL << 32), Frontend = new(1UL << 44), FileOffset = offset };

    private OwnedFd Unsealable(bool onDisk)
    {
        if (!onDisk)
        {
            return MemFd.Create("unsealable", 1 << 20, allowSealing: false);
        }

        string path = Path.Combine(_folder.FullName, "memory");
        File.WriteAllBytes(path, new byte[1 << 20]);
        return OwnedFd.OpenDevice(path);
    }

    private static void SetLength(OwnedFd file, long bytes)
    {
        using FileStream stream = File.OpenWrite($"/proc/self/fd/{file.Fd}");
        stream.SetLength(bytes);
    }
}
