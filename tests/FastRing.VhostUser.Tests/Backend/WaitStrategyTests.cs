using System.Buffers.Binary;
using System.Text.RegularExpressions;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>A device served in every way a worker can wait.</summary>
public class WaitStrategyTests
{
    private const ulong Plain = VirtioFeatures.Version1;
    private const ulong Events = Plain | VirtioFeatures.EventIndex;
    private const ulong Packed = Plain | VirtioFeatures.RingPacked;
    private const int Million = 1_000_000;

    private static readonly NotificationCoalescing[] s_policies =
    [
        NotificationCoalescing.Immediate,
        NotificationCoalescing.ByCount(2),
        NotificationCoalescing.ByTime(TimeSpan.FromMicroseconds(20)),
        NotificationCoalescing.Adaptive(3, TimeSpan.FromMicroseconds(20)),
    ];

    public static TheoryData<string, ulong> Ways => new MatrixTheoryData<string, ulong>(["sleep", "adaptive", "poll"], [Plain, Events]);

    [Theory]
    [MemberData(nameof(Ways))]
    public void Buffers_come_back_whatever_the_worker_does_meanwhile(string wait, ulong features)
    {
        using var worker = new Worker("test", Fail) { WaitStrategy = Strategy(wait) };
        using var fixture = new BackendFixture(worker: worker);
        using FrontendSession session = fixture.OpenSession(features);
        var first = new EchoDriver(session, session.StartQueue(0, 64));
        var second = new EchoDriver(session, session.StartQueue(1, 8));
        for (int i = 1; i < 100; i++)
        {
            first.Run(i);
            second.Run(1);
            Thread.Sleep(i % 10 == 0 ? 1 : 0);
        }

        Assert.Equal((99 * 50, 99), (first.Echoed, second.Echoed));
    }

    [Theory]
    [InlineData(Plain, 1)]
    [InlineData(Events, 2)]
    public void No_buffer_waits_for_ever_while_the_strategy_changes_at_random(ulong features, int seed)
    {
        using var worker = new Worker("test", Fail);
        using var fixture = new BackendFixture(worker: worker);
        using FrontendSession session = fixture.OpenSession(features);
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        var random = new Random(seed);
        for (int i = 0; i < 10_000; i++)
        {
            // The worker changes over while the buffers come; nothing wakes it afterwards, were one of them missed.
            worker.WaitStrategy = Strategy(random.Next(3) switch { 0 => "sleep", 1 => "adaptive", _ => "poll" });
            if (random.Next(4) == 0)
            {
                _ = fixture.Backend.SetCoalescingAsync(s_policies[random.Next(s_policies.Length)]);
            }

            Thread.SpinWait(random.Next(500));
            driver.Run(random.Next(1, 4)); // And the driver sleeps: a notification that is missed ends the test.
        }
    }

    [Theory]
    [InlineData("poll")]
    [InlineData("adaptive")]
    public void A_ring_may_stop_and_start_while_it_is_polled(string wait)
    {
        using var worker = new Worker("test", Fail) { WaitStrategy = Strategy(wait) };
        using var fixture = new BackendFixture(worker: worker);
        using FrontendSession session = fixture.OpenSession(Events);
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        var other = new EchoDriver(session, session.StartQueue(1, 64));
        for (int i = 0; i < 200; i++)
        {
            driver.Run(5);
            driver.Add(3);
            uint at = queue.Stop();
            other.Run(2);
            queue.Start(at);
            driver.TakeAll(3);
        }

        Assert.Equal((1600, 400), (driver.Echoed, other.Echoed));
    }

    [Fact]
    public void A_ring_that_turns_malformed_while_it_is_polled_is_reported_without_a_kick()
    {
        using var worker = new Worker("test", Fail) { WaitStrategy = WaitStrategy.Poll };
        using var fixture = new BackendFixture(worker: worker);
        using FrontendSession session = fixture.OpenSession(Events);
        FrontendQueue queue = session.StartQueue(0, 64);
        new EchoDriver(session, queue).Run(10);
        Span<byte> index = session.Memory.Bytes(new(queue.Layout.Driver.Value + 2), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(index, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(index) + 100));
        ProcessState.Await(() => queue.Error.Drain() == 1, "the error descriptor");
        Assert.Equal(1UL, fixture.Counters.BrokenQueues);
    }

    [Fact]
    public void A_ring_that_is_disabled_or_broken_is_not_polled()
    {
        using var worker = new Worker("test", Fail) { WaitStrategy = WaitStrategy.Poll };
        using var fixture = new BackendFixture(worker: worker);
        using FrontendSession session = fixture.OpenSession(Events);
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        driver.Run(1);
        session.Frontend.SetVringEnable(0, enabled: false);
        driver.Add(1);
        fixture.Settle();
        Assert.False(queue.Ring.TryTakeUsed(out _));

        session.Frontend.SetVringEnable(0, enabled: true);
        driver.TakeAll(1);
        fixture.Device.NextFault = new InvalidOperationException("asked for");
        driver.Add(1);
        ProcessState.Await(() => queue.Error.Drain() == 1, "the error descriptor");
        fixture.Settle();
        Assert.False(queue.Ring.TryTakeUsed(out _));
        Assert.Equal(1UL, fixture.Counters.BrokenQueues + fixture.Counters.Rejected(RejectionReason.Fault));
    }

    [Fact]
    public void A_polling_worker_allocates_nothing_for_a_million_buffers()
    {
        using var fixture = new DrainFixture(WaitStrategy.Poll, Events);
        fixture.Send(100_000);
        long before = Allocated(fixture);
        fixture.Send(Million);
        Assert.Equal(before, Allocated(fixture));
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData(Events)]
    [InlineData(Packed)]
    public void A_polling_worker_makes_no_system_call_for_a_million_buffers(ulong features)
    {
        using var fixture = new DrainFixture(WaitStrategy.Poll, features);
        fixture.Send(200_000);
        ProcessState.Await(() => ProcessState.Threads("drain fds") == 1, "the thread that watches descriptors");
        string[] calls = SystemCalls.Of("drain", () => fixture.Send(Million));

        // What is left is the runtime's, which compiles a method again and maps its code a second time to write it.
        Assert.Empty(calls.Where(call => !Regex.IsMatch(call, "^(futex|rt_sig|mmap|munmap|mprotect|madvise|membarrier)")).Take(10));
        Assert.InRange(calls.Length, 0, 100);

        // And where there are some, they are seen.
        fixture.Worker.WaitStrategy = WaitStrategy.Sleep;
        ProcessState.Await(() => ProcessState.Threads("drain fds") == 0, "the end of that thread");
        Assert.Contains(SystemCalls.Of("drain", () => fixture.Send(1000)), call => call.StartsWith("preadv2(", StringComparison.Ordinal));
    }

    [Fact]
    public void A_worker_that_sleeps_has_no_thread_beside_it()
    {
        using var fixture = new DrainFixture(WaitStrategy.Poll, Events);
        ProcessState.Await(() => ProcessState.Threads("drain fds") == 1, "the thread that watches descriptors");
        fixture.Worker.WaitStrategy = WaitStrategy.Sleep;
        ProcessState.Await(() => ProcessState.Threads("drain fds") == 0, "the end of that thread");
        fixture.Send(10);
        Assert.True(fixture.Kicks > 0);
    }

    private static long Allocated(DrainFixture fixture)
    {
        long bytes = 0;
        fixture.Worker.InvokeAsync(() => bytes = GC.GetAllocatedBytesForCurrentThread()).Wait();
        return bytes;
    }

    private static WaitStrategy Strategy(string wait) => wait switch
    {
        "sleep" => WaitStrategy.Sleep,
        "poll" => WaitStrategy.Poll,
        _ => WaitStrategy.PollThenSleep(TimeSpan.FromMicroseconds(100)),
    };

    private static void Fail(Exception fault) => Environment.FailFast("a worker's action failed", fault);
}
