using FastRing.Interop;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Tests.Support;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>A frontend that makes its memory's file smaller loses its connection, and nobody else anything.</summary>
public sealed class LostMemoryTests
{
    private const ulong Split = VirtioFeatures.Version1 | VirtioFeatures.EventIndex;
    private const ulong Packed = Split | VirtioFeatures.RingPacked;

    [Theory]
    [InlineData(Split, false, 0)]
    [InlineData(Split, true, 0)]
    [InlineData(Packed, false, 0)]
    [InlineData(Packed, true, 0)]
    [InlineData(Split, false, 64 << 10)]
    public void Its_connection_ends_and_the_next_is_served(ulong features, bool polls, long left)
    {
        using var worker = new Worker("test", Fail) { WaitStrategy = polls ? WaitStrategy.Poll : WaitStrategy.Sleep };
        using var fixture = new BackendFixture(worker: worker);
        using var neighbour = new BackendFixture(worker: worker);
        using FrontendSession other = neighbour.OpenSession(features);
        var canary = new EchoDriver(other, other.StartQueue(0, 64));
        using (FrontendSession session = fixture.OpenSession(features))
        {
            session.Memory.Allocate(128 << 10); // What is used lies behind the new end.
            FrontendQueue queue = session.StartQueue(0, 64);
            new EchoDriver(session, queue).Run(100);
            Truncate(session.Memory.File, left);
            queue.Kick.Signal();
            ProcessState.Await(() => fixture.Counters.LostMemories == 1, "the end of the connection");
            canary.Run(100);
        }

        using FrontendSession next = fixture.OpenSession(features);
        new EchoDriver(next, next.StartQueue(0, 64)).Run(100);
        canary.Run(100);
        Assert.Equal((2UL, 1UL, 0UL), (fixture.Counters.Sessions, fixture.Counters.LostMemories, neighbour.Counters.LostMemories));
    }

    [Fact]
    public async Task A_thousand_times_at_any_moment_under_load_and_the_neighbours_buffers_are_intact()
    {
        using var fixture = new BackendFixture();
        using var neighbour = new BackendFixture(worker: fixture.Worker);
        using var ended = new CancellationTokenSource();
        Task canary = Task.Run(() => Echo(neighbour, ended.Token));
        var random = new Random(1);
        for (ulong times = 1; times <= 1000; times++)
        {
            using FrontendSession session = fixture.OpenSession(times % 2 == 0 ? Split : Packed);
            FrontendQueue queue = session.StartQueue(0, 256);
            var driver = new EchoDriver(session, queue);
            driver.Add(100);
            Thread.SpinWait(random.Next(2000));
            Truncate(session.Memory.File, random.Next(256) << 12);
            long end = Environment.TickCount64 + 60_000;
            while (fixture.Counters.LostMemories < times)
            {
                Assert.True(Environment.TickCount64 < end, $"not noticed, the {times}th time");
                Truncate(session.Memory.File, 0);
                queue.Kick.Signal();
                Assert.False(canary.IsCompleted);
            }
        }

        await ended.CancelAsync();
        await canary;
        Assert.Equal(0UL, neighbour.Counters.LostMemories + neighbour.Counters.BrokenQueues);
    }

    private static void Echo(BackendFixture fixture, CancellationToken ended)
    {
        using FrontendSession session = fixture.OpenSession(Split);
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        while (!ended.IsCancellationRequested)
        {
            driver.Run(100);
        }
    }

    private static void Truncate(OwnedFd file, long bytes)
    {
        using FileStream stream = File.OpenWrite($"/proc/self/fd/{file.Fd}");
        stream.SetLength(bytes);
    }

    private static void Fail(Exception fault) => Environment.FailFast("a worker's action failed", fault);
}
