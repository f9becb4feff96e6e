using System.Buffers.Binary;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Console.State;
using FastRing.Workers;

namespace FastRing.Console.Tests.State;

public sealed class StateFormatTests
{
    private static byte[] Golden => SampleStates.Golden;

    [Fact]
    public void The_state_of_version_1_is_what_it_was()
    {
        Assert.Null(ConsoleState.TryRead(Golden, out ConsoleState? state));
        Assert.Equivalent(SampleStates.Sample, state, strict: true);
        Assert.Equal(Golden, SampleStates.Sample.Write());
        Assert.Equal(Golden, state!.Write());
    }

    [Fact]
    public void The_state_of_version_1_with_sessions_is_what_it_was()
    {
        Assert.Null(ConsoleState.TryRead(SampleStates.GoldenWithSessions, out ConsoleState? state));
        Assert.Equivalent(SampleStates.SampleWithSessions, state, strict: true);
        Assert.Equal(SampleStates.GoldenWithSessions, SampleStates.SampleWithSessions.Write());
    }

    [Fact]
    public void Sessions_may_be_left_out_by_who_does_not_know_them()
    {
        IEnumerable<byte[]> added = SampleStates.Sections(SampleStates.GoldenWithSessions).Skip(SampleStates.Sections(Golden).Count);
        Assert.All(added, section => Assert.Equal(1, section[2]));
        Assert.Equal(Golden, SampleStates.With(Golden, SampleStates.Sections(SampleStates.GoldenWithSessions).SkipLast(2)));
        Is("port 1: session: it is there twice", [.. SampleStates.Sections(SampleStates.GoldenWithSessions), SampleStates.Sections(SampleStates.GoldenWithSessions)[^2]]);
        Is("epoch: it is there twice", [.. SampleStates.Sections(SampleStates.GoldenWithSessions), SampleStates.Sections(SampleStates.GoldenWithSessions)[^1]]);
        Is("session's port number: 511 is more than 510", [.. SampleStates.Sections(Golden), SampleStates.Section(4, 1, [0xff, 1, 0, 0, .. new byte[36]])]);
        Is("port 0: position to the host: the state ends in it", [.. SampleStates.Sections(Golden), SampleStates.Section(4, 1, new byte[20])]);

        static void Is(string why, List<byte[]> sections) => Assert.Equal(why, ConsoleState.TryRead(SampleStates.With(Golden, sections), out _));
    }

    [Fact]
    public void A_state_cut_off_anywhere_is_refused()
    {
        for (int length = 0; length < Golden.Length; length++)
        {
            AssertRefused(Golden[..length]);
            AssertRefused(SampleStates.Sealed(Golden[..length]), mayBeWhole: SectionEnds.Contains(length));
        }
    }

    [Fact]
    public async Task Every_bit_counts()
    {
        using var worker = new Worker("state-test", Assert.Null);
        using var device = new ConsoleDevice(worker, SampleStates.Options);
        await worker.InvokeAsync(() =>
        {
            for (int bit = 0; bit < Golden.Length * 8; bit++)
            {
                byte[] bytes = Golden;
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.NotNull(device.LoadState(bytes));

                // With a checksum that fits, it is a state or a mistake, and nothing else.
                string? why = device.LoadState(SampleStates.Sealed(bytes));
                Assert.True(why is null || why.Contains(": ", StringComparison.Ordinal), why);
            }

            Assert.Null(device.LoadState(Golden));
        });
    }

    [Fact]
    public async Task Any_bytes_at_all_are_a_state_or_a_mistake()
    {
        using var worker = new Worker("state-test", Assert.Null);
        using var device = new ConsoleDevice(worker, SampleStates.Options);
        var random = new Random(1);
        int taken = 0;
        await worker.InvokeAsync(() =>
        {
            for (int round = 0; round < 5_000; round++)
            {
                byte[] bytes = Golden;
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    bytes[random.Next(24, bytes.Length)] = (byte)random.Next(256);
                }

                taken += device.LoadState(SampleStates.Sealed(bytes)) is null ? 1 : 0;
                _ = device.SaveState();
            }
        });
        Assert.InRange(taken, 100, 4_900); // Both happen, or this shows little.
    }

    [Fact]
    public void Sections_may_stand_in_any_order()
    {
        List<byte[]> sections = SampleStates.Sections(Golden);
        sections.Reverse();
        Assert.Null(ConsoleState.TryRead(SampleStates.With(Golden, sections), out ConsoleState? state));
        Assert.Equal(Golden, state!.Write());
    }

    [Fact]
    public void A_section_that_is_not_known_is_left_out_if_it_may_be()
    {
        List<byte[]> sections = SampleStates.Sections(Golden);
        sections.Insert(1, SampleStates.Section(999, flags: 1, new byte[1000]));
        Assert.Null(ConsoleState.TryRead(SampleStates.With(Golden, sections), out ConsoleState? state));
        Assert.Equal(Golden, state!.Write());

        sections.Insert(1, SampleStates.Section(999, flags: 0, new byte[1000]));
        Assert.Equal("section: 999 is not known here, and can't be left out", ConsoleState.TryRead(SampleStates.With(Golden, sections), out _));
    }

    [Fact]
    public void Fields_behind_those_that_are_known_are_left_out()
    {
        IEnumerable<byte[]> sections = SampleStates.Sections(Golden).Select(s => SampleStates.Section(BinaryPrimitives.ReadUInt16LittleEndian(s), 0, [.. s[8..], 1, 2, 3]));
        Assert.Null(ConsoleState.TryRead(SampleStates.With(Golden, sections), out ConsoleState? state));
        Assert.Equal(Golden, state!.Write());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_later_version_is_read_if_it_says_that_it_can_be(ushort oldestReader)
    {
        byte[] bytes = Golden;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(12), 9);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(14), oldestReader);
        string? why = ConsoleState.TryRead(SampleStates.Sealed(bytes), out ConsoleState? state);
        Assert.Equal(oldestReader == 1 ? null : "version: the state needs a reader of version 2 or later, this is 1", why);
        Assert.Equal(oldestReader == 1, state is not null);
    }

    [Fact]
    public void A_state_that_is_too_long_or_somebody_elses_is_refused()
    {
        Assert.StartsWith("length: ", ConsoleState.TryRead(new byte[ConsoleState.MaxBytes + 1], out _), StringComparison.Ordinal);
        Assert.StartsWith("length: ", ConsoleState.TryRead([.. Golden, 0], out _), StringComparison.Ordinal);
        byte[] other = Golden;
        other[8] = 2;
        Assert.Equal("device: the state is of device 2, this is 3", ConsoleState.TryRead(other, out _));
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        Is("port 1: name: no port may be called so", s => s with { Ports = [s.Ports[1] with { Name = "a b" }] });
        Is("port 1: bytes consumed: 4294967296 are more than a chain holds", s => s with { Ports = [s.Ports[1] with { Transmit = (0, 1UL << 32) }] });
        Is("port 1: limit to the host: a limit is not negative", s => s with { Ports = [s.Ports[1] with { Limits = new PortLimits(new RateLimit(-1)) }] });
        Is("port 1: flags: 0x8000 has bits nobody defined", s => s with { Ports = [s.Ports[1] with { Flags = (PortStateFlags)0x8000 }] });
        Is("port 1: pending messages: 0x40 has bits nobody defined", s => s with { Ports = [s.Ports[1] with { Pending = (PendingControl)64 }] });
        Is("port 4: flags: a number without a port is in use", s => s with { Ports = [s.Ports[3] with { Flags = PortStateFlags.GuestOpen }] });
        Is("port 1: ring size: 65536 is more than 32768", s => s with { Ports = [s.Ports[1] with { Receive = new BuffersOut(65536, 0, 0, 0, []) }] });
        Is("port 1: buffers out: 3 is more than 2", s => s with { Ports = [s.Ports[1] with { Receive = new BuffersOut(2, 0, 0, 0, [1, 2, 3]) }] });
        Is("port number: 4 is not below max ports, 4", s => s with { MaxPorts = 4 });
        Is("max ports: a device has one at least", s => s with { MaxPorts = 0 });
        Is("port 1: port number: it is there twice", s => s with { Ports = [s.Ports[1], s.Ports[1]] });
        Is("control queue: unheard messages: behind the buffers used", s => s with { Control = s.Control with { Unheard = [(1, PendingControl.Open, 12)] } });
        Is("control queue: unheard messages: one that nobody waits for", s => s with { Control = s.Control with { Unheard = [(1, PendingControl.Add, 1)] } });
        Is("control queue: line: there is no port 511", s => s with { Control = s.Control with { Line = [511] } });

        static void Is(string why, Func<ConsoleState, ConsoleState> change) => Assert.Equal(why, ConsoleState.TryRead(change(SampleStates.Sample).Write(), out _));
    }

    [Fact]
    public void A_state_that_claims_much_costs_little()
    {
        PortState greedy = SampleStates.Sample.Ports[1] with { Receive = new BuffersOut(32768, 0, 0, 0, 32768, 32768, [1]) };
        ConsoleState claims = SampleStates.Sample with { MaxPorts = 511, Ports = [.. Enumerable.Range(0, 511).Select(i => greedy with { Number = i })] };
        byte[] bytes = claims.Write();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(ConsoleState.TryRead(bytes, out ConsoleState? state));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1 << 20);
        Assert.Equal((32768UL, 1UL), (state!.Ports[0].Receive!.Used, state.Ports[0].Receive!.BytesOut));
    }

    [Fact]
    public void The_state_of_511_ports_is_below_a_megabyte_whatever_their_drivers_have_out()
    {
        PortState port = SampleStates.Sample.Ports[1] with { Name = new string('n', PortName.MaxLength), Receive = new BuffersOut(32768, 99999, 32768, 7, [.. Enumerable.Repeat(uint.MaxValue, 32768)]) };
        var unheard = Enumerable.Range(0, 511).SelectMany(i => (IEnumerable<(int, PendingControl, ulong)>)[(i, PendingControl.Open, 1), (i, PendingControl.Remove, 1)]);
        ConsoleState state = SampleStates.Sample with
        {
            MaxPorts = QueueMap.MostPorts,
            Control = new ControlState(0, port.Receive, [.. Enumerable.Range(0, 511)], [.. unheard]),
            Ports = [.. Enumerable.Range(0, QueueMap.MostPorts).Select(i => port with { Number = i, Flags = port.Flags })],
        };
        byte[] bytes = state.Write();
        Assert.InRange(bytes.Length, 500_000, 1_000_000);
        Assert.Null(ConsoleState.TryRead(bytes, out ConsoleState? read));
        Assert.Equal(511, read!.Ports.Count);
    }

    [Fact]
    public void Buffers_of_a_long_ring_are_taken_for_dealt_with_late_and_never_early()
    {
        uint[] bytes = [.. Enumerable.Range(1, 1000).Select(i => (uint)i)];
        var exact = new BuffersOut(1024, 5000, 1024, 3976, bytes);
        ConsoleState state = SampleStates.Sample with { Ports = [SampleStates.Sample.Ports[1] with { Receive = exact }] };
        Assert.Null(ConsoleState.TryRead(state.Write(), out ConsoleState? read));
        BuffersOut coarse = read!.Ports[0].Receive!;
        Assert.Equal((exact.Used, exact.BytesOut), (coarse.Used, coarse.BytesOut));
        var (one, other) = (new BufferReturns(exact), new BufferReturns(coarse));
        for (int i = 0; i < 1000; i++)
        {
            one.Add(1);
            other.Add(1);
            Assert.True(other.BytesOut >= one.BytesOut);
            Assert.Equal(one.Returned, other.Returned);
        }

        Assert.Equal((0UL, 0UL), (one.BytesOut, other.BytesOut));
    }

    private static HashSet<int> SectionEnds
    {
        get
        {
            int at = 24;
            return [.. SampleStates.Sections(Golden).Select(s => at += s.Length)];
        }
    }

    private static void AssertRefused(byte[] bytes, bool mayBeWhole = false)
    {
        string? why = ConsoleState.TryRead(bytes, out ConsoleState? state);
        Assert.True(mayBeWhole || why is not null);
        Assert.Equal(why is null, state is not null);
        Assert.Contains(": ", why ?? ": ", StringComparison.Ordinal);
    }
}
