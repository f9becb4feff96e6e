using FastRing.Console.Driver;
using FastRing.Console.Endpoints.Bridges;

namespace FastRing.Console.Tests.Endpoints.Bridges;

/// <summary>Two guests, or two ports of one, that talk to each other.</summary>
public sealed class BridgeTests
{
    private const int MiB = 1 << 20;
    private readonly Bridge _bridge = new("wire", capacity: 64 * 1024);

    [Fact]
    public void Two_ports_of_one_guest_carry_ten_mebibytes_both_ways()
    {
        using var console = new TestConsole(new PortOptions("a", _bridge.Join()), new PortOptions("b", _bridge.Join()));
        console.StartDriver();
        DriverPort a = console.Driver.FindPort("a")!;
        DriverPort b = console.Driver.FindPort("b")!;
        a.Open();
        console.Until(() => b.IsHostOpen, "b's host side is open");
        Assert.False(a.IsHostOpen);
        b.Open();
        console.Until(() => a.IsHostOpen, "a's host side is open");

        var there = new Stream(a, b, 10 * MiB);
        var back = new Stream(b, a, 10 * MiB);
        console.Until(() => there.Move() & back.Move(), "all of it", TimeSpan.FromMinutes(3));
    }

    [Fact]
    public void Two_guests_on_threads_of_their_own_carry_ten_mebibytes_both_ways()
    {
        using var left = new Guest(_bridge);
        using var right = new Guest(_bridge);
        Open(left, right);

        var there = new Stream(left.Port, right.Port, 10 * MiB);
        var back = new Stream(right.Port, left.Port, 10 * MiB);
        Until(left, right, () => there.Move() & back.Move(), "all of it", TimeSpan.FromMinutes(3));
    }

    [Fact]
    public void A_guest_that_does_not_read_holds_the_other_back_within_bounds()
    {
        using var left = new Guest(_bridge);
        using var right = new Guest(_bridge);
        Open(left, right);
        int written = Fill(left, right);

        // The other direction does not care.
        right.Console.Write(right.Port, "not held back"u8);
        Assert.Equal("not held back"u8.ToArray(), left.Console.Read(left.Port, 13));
        ulong taken = left.Console.PortOf("a").Counters.BytesToHost;
        Assert.InRange(taken - right.Console.PortOf("a").Counters.BytesToGuest, 0UL, 64 * 1024UL);
        Pattern.AssertIs(right.Console.Read(right.Port, written), 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_under_way_to_a_guest_that_closes_is_thrown_away_and_what_it_sent_arrives(bool resets)
    {
        using var left = new Guest(_bridge);
        using var right = new Guest(_bridge);
        Open(left, right);
        right.Console.Write(right.Port, "last words"u8);
        Fill(left, right);
        if (resets)
        {
            right.Console.Transport.Reset();
            right.Restart();
        }
        else
        {
            right.Port.Close();
            right.Console.Settle();
            right.Discard(); // What its driver had been given already, as Linux does.
        }

        Assert.Equal("last words"u8.ToArray(), left.Console.Read(left.Port, 10));
        left.Console.Until(() => !left.Port.IsHostOpen, "left's host side is closed");

        right.Port.Open();
        left.Console.Until(() => left.Port.IsHostOpen, "left's host side is open again");
        right.Console.Until(() => right.Port.IsHostOpen, "right's host side still is");
        left.Console.Settle(); // What the left guest's driver still held for the one that left is discarded.
        left.Console.Write(left.Port, "for the new one"u8);
        byte[] got = right.Console.Read(right.Port, 15);
        Assert.Equal("for the new one"u8.ToArray(), got);
        right.Console.Write(right.Port, "answer"u8);
        Assert.Equal("answer"u8.ToArray(), left.Console.Read(left.Port, 6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_on_the_ring_of_a_guest_that_closes_arrives_although_nobody_read_yet(bool reopens)
    {
        using var left = new Guest(_bridge);
        using var right = new Guest(_bridge);
        Open(left, right);
        int written = Fill(left, right);
        Assert.True(left.Console.PortOf("a").Counters.BytesToHost < (ulong)written, "the ring is dry");
        left.Port.Close();
        left.Console.Settle();
        if (reopens)
        {
            left.Port.Open();
            left.Console.Settle();
        }

        Assert.True(right.Port.IsHostOpen);
        Pattern.AssertIs(right.Console.Read(right.Port, written), 0);
        right.Console.Until(() => right.Port.IsHostOpen == reopens, "right's host side says who is there");
    }

    [Fact]
    public void Two_guests_that_close_without_having_read_wait_for_nobody()
    {
        using var left = new Guest(_bridge);
        using var right = new Guest(_bridge);
        Open(left, right);
        Fill(left, right);
        Fill(right, left);

        left.Port.Close();
        right.Port.Close();

        Until(left, right, () => !left.Port.IsHostOpen && !right.Port.IsHostOpen, "both closed");
    }

    [Fact]
    public void A_port_that_is_removed_closes_the_others_host_side_and_the_next_takes_its_place()
    {
        using var left = new Guest(_bridge);
        using var right = new Guest(_bridge);
        Open(left, right);
        right.Console.Write(right.Port, "last words"u8);
        Fill(left, right);
        right.Console.Remove(right.Console.PortOf("a"));

        Assert.Equal("last words"u8.ToArray(), left.Console.Read(left.Port, 10));
        left.Console.Until(() => !left.Port.IsHostOpen, "left's host side is closed");
        using var third = new Guest(_bridge);
        third.Port.Open();
        left.Console.Until(() => left.Port.IsHostOpen, "left's host side is open again");
        third.Console.Until(() => third.Port.IsHostOpen, "and so is the third's");
        left.Console.Settle(); // What the left guest's driver still held for the one that left is discarded.
        left.Console.Write(left.Port, "for the new one"u8);
        Assert.Equal("for the new one"u8.ToArray(), third.Console.Read(third.Port, 15));
    }

    [Fact]
    public void A_guest_that_opens_and_closes_all_the_time_gets_nothing_of_an_earlier_session()
    {
        using var left = new Guest(_bridge);
        using var right = new Guest(_bridge);
        left.Port.Open();
        for (byte round = 1; round < 200; round++)
        {
            right.Port.Open();
            Until(left, right, () => left.Port.IsHostOpen && right.Port.IsHostOpen, "both open");
            left.Console.Write(left.Port, [round]);
            right.Console.Write(right.Port, [round]);
            if (round % 2 == 0)
            {
                Assert.Equal(round, right.Console.Read(right.Port, 1)[0]);
            }

            Assert.Equal(round, left.Console.Read(left.Port, 1)[0]);
            right.Port.Close();
            Until(left, right, () => !left.Port.IsHostOpen, "left told");
            right.Discard();
        }
    }

    [Fact]
    public void A_third_port_is_told_who_has_the_ends()
    {
        using var left = new Guest(_bridge, "vm0");
        using var right = new Guest(_bridge, "vm1");

        string message = Assert.Throws<InvalidOperationException>(_bridge.Join).Message;

        Assert.Equal("bridge 'wire' joins two ports already: port 'a' of vm0 and port 'a' of vm1", message);
    }

    [Fact]
    public void A_bridge_is_empty_when_its_ports_are_gone()
    {
        using (var left = new Guest(_bridge))
        using (var right = new Guest(_bridge))
        {
            Open(left, right);
            Assert.False(_bridge.IsEmpty);
        }

        Assert.True(_bridge.IsEmpty);
    }

    private static void Open(Guest left, Guest right)
    {
        left.Port.Open();
        right.Port.Open();
        Until(left, right, () => left.Port.IsHostOpen && right.Port.IsHostOpen, "both open");
    }

    private static void Until(Guest left, Guest right, Func<bool> condition, string what, TimeSpan? deadline = null) => left.Console.Until(
        () =>
        {
            right.Console.Driver.Poll();
            return condition();
        },
        what,
        deadline);

    /// <summary>The left guest writes until nothing takes any more.</summary>
    /// <returns>Bytes written.</returns>
    private static int Fill(Guest left, Guest right)
    {
        int written = 0;
        for (int idle = 0; idle < 20; idle++)
        {
            int more = left.Port.TryWrite(Pattern.Bytes(written, 4096));
            written += more;
            idle = more > 0 ? 0 : idle;
            left.Console.Settle();
            right.Console.Settle();
        }

        return written;
    }

    /// <summary>A guest with one port on a bridge, and a thread of its own.</summary>
    private sealed class Guest : IDisposable
    {
        public Guest(Bridge bridge, string name = "guest")
        {
            Console = new TestConsole(new ConsoleOptions { Name = name, MaxPorts = 2, Ports = [new PortOptions("a", bridge.Join())] });
            Restart();
        }

        public TestConsole Console { get; }

        public DriverPort Port { get; private set; } = null!;

        public void Restart() => Port = Console.StartDriver().FindPort("a")!;

        /// <summary>Reads what there is, for nobody.</summary>
        public void Discard()
        {
            while (Port.TryRead(new byte[4096]) > 0)
            {
            }
        }

        public void Dispose() => Console.Dispose();
    }

    /// <summary>A stream of bytes from one port to the other.</summary>
    private sealed class Stream(DriverPort from, DriverPort to, int total)
    {
        private readonly byte[] _out = new byte[4096];
        private readonly byte[] _in = new byte[64 * 1024];
        private int _written;
        private int _read;

        /// <summary>Writes and reads what is possible.</summary>
        /// <returns>True when all of it arrived.</returns>
        public bool Move()
        {
            Span<byte> next = _out.AsSpan(0, Math.Min(_out.Length, total - _written));
            Pattern.Fill(next, _written);
            _written += from.TryWrite(next);
            int read = to.TryRead(_in);
            Pattern.AssertIs(_in.AsSpan(0, read), _read);
            _read += read;
            return _read == total;
        }
    }
}
