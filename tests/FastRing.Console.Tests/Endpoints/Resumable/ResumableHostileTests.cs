using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Resumable;

namespace FastRing.Console.Tests.Endpoints.Resumable;

/// <summary>Clients that do not keep the protocol: turned away with the reason, and nobody else notices.</summary>
public sealed class ResumableHostileTests : IDisposable
{
    private const int Window = InboundBytes.Window;
    private readonly TemporaryFolder _folder = new();
    private readonly ResumableEndpoint _endpoint;
    private readonly TestConsole _console;
    private readonly DrivenGuest _guest;

    public ResumableHostileTests()
    {
        _endpoint = new ResumableEndpoint(_folder["a"]);
        _console = new TestConsole(new PortOptions("a", _endpoint));
        _guest = new DrivenGuest(_console);
    }

    public static TheoryData<string, byte[]> Greetings()
    {
        byte[] good = RawClient.Hello(Guid.Empty, 0, 0);
        return new TheoryData<string, byte[]>
        {
            { "no client sends a frame of kind 0", new byte[FrameHeader.Bytes] },
            { "no client sends a frame of kind 2", RawClient.Frame(FrameKind.Session, 0) },
            { "no client sends a frame of kind 6", RawClient.Frame(FrameKind.Refused, 0) },
            { "no client sends a frame of kind 255", RawClient.Frame(255, 0, 0) },
            { "bytes of a frame's header are not zero", RawClient.Frame(0x101, 40, 0) },
            { "bytes of a frame's header are not zero", RawClient.Frame(0x8000_0001, 40, 0) },
            { "a frame of kind 3 before the hello", RawClient.Frame(FrameKind.Data, 0, 1, 2, 3) },
            { "a frame of kind 4 before the hello", RawClient.Frame(FrameKind.Acknowledge, 0) },
            { "a frame of kind 5 before the hello", RawClient.Frame(FrameKind.Bye, 0) },
            { "a hello of 39 bytes, not 40", RawClient.Frame(1, 39, 0) },
            { "a hello of 4294967295 bytes, not 40", RawClient.Frame(1, uint.MaxValue, 0) },
            { "the magic number is another", With(good, 16, 0) },
            { "flags 0x2 of a hello are not known", RawClient.Hello(Guid.Empty, 0, 0, flags: 2) },
            { "a window of 4095 bytes, not 4096 or more", RawClient.Hello(Guid.Empty, 0, 0, window: 4095) },
            { "the last field of a hello is not zero", With(good, 52, 1) },
        };
    }

    public static TheoryData<string, byte[]> Nonsense() => new()
    {
        { "a second hello", RawClient.Hello(Guid.Empty, 0, 0) },
        { "data at 1 where 0 is next", RawClient.Frame(FrameKind.Data, 1, 1) },
        { "data at 18446744073709551615 where 0 is next", RawClient.Frame(FrameKind.Data, ulong.MaxValue, 1) },
        { "data of 0 bytes, not 1 to 65536", RawClient.Frame(FrameKind.Data, 0) },
        { "data of 65537 bytes, not 1 to 65536", RawClient.Frame(3, 65537, 0) },
        { "data of 4294967295 bytes, not 1 to 65536", RawClient.Frame(3, uint.MaxValue, 0) },
        { "an acknowledgement of 1 bytes, not 0", RawClient.Frame(FrameKind.Acknowledge, 0, 1) },
        { "an acknowledgement of 1, which is not between 0 and 0", RawClient.Frame(FrameKind.Acknowledge, 1) },
        { "an acknowledgement of 18446744073709551615, which", RawClient.Frame(FrameKind.Acknowledge, ulong.MaxValue) },
        { "a bye of 1 bytes, not 0", RawClient.Frame(FrameKind.Bye, 0, 1) },
        { "no client sends a frame of kind 7", RawClient.Frame(7, 0, 0) },
    };

    public void Dispose()
    {
        _guest.Dispose();
        _console.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Greetings))]
    public void A_client_that_is_none_is_turned_away_with_the_reason(string why, byte[] greeting)
    {
        using var client = new RawClient(_folder["a"]);
        client.ConnectRaw(greeting);
        AssertTurnedAway(client, why);
        Assert.Equal(default, _endpoint.Session);
        AssertServes(Guid.Empty);
    }

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_in_a_session_is_turned_away_with_the_reason_and_the_session_goes_on(string why, byte[] nonsense)
    {
        using var client = new RawClient(_folder["a"]);
        client.Connect();
        client.Send(nonsense);
        AssertTurnedAway(client, why);
        AssertServes(client.Session);
    }

    [Fact]
    public void Another_version_is_refused_by_number()
    {
        using var client = new RawClient(_folder["a"]);
        client.ConnectRaw(RawClient.Hello(Guid.Empty, 0, 0, version: 2));
        Assert.Equal((RefusalReason.Version, "version 2 of the protocol is not spoken here, 1 is"), client.ReadRefusal());
        client.AssertIsCutOff();
    }

    [Fact]
    public void A_client_that_sends_more_than_its_window_is_turned_away_and_one_that_fills_it_is_not()
    {
        _guest.Reads(false);
        using var client = new RawClient(_folder["a"]);
        client.Connect();
        int held = 16 * 512; // The guest's own buffers.
        for (int sent = 0; sent < Window + held; sent += 512)
        {
            client.Send(RawClient.Frame(FrameKind.Data, (ulong)sent, Pattern.Bytes(sent, 512)));
            Eventually.Is(() => _console.PortOf("a").Counters.BytesToGuest >= (ulong)Math.Min(sent + 512, held), "in the guest's buffers");
        }

        _console.Settle();
        Assert.Equal(0UL, _console.PortOf("a").Counters.ClientsRefused);
        client.Send(RawClient.Frame(FrameKind.Data, (ulong)(Window + held), 1));
        Eventually.Is(() => _console.PortOf("a").Counters.ClientsRefused == 1, "turned away");
        _guest.Reads(true);
        client.Leave();
        client.Connect();
        client.Converse(Pattern.Bytes(0, Window), 0);
        _guest.Until(g => g.Received.Length == Window, "all of it");
        Pattern.AssertIs(_guest.Received, 0);
    }

    [Fact]
    public void Acknowledgements_are_heard_while_the_guest_reads_nothing()
    {
        _guest.Reads(false);
        using var client = new RawClient(_folder["a"]);
        client.Connect();
        for (int sent = 0; sent < Window; sent += 4096)
        {
            client.Send(RawClient.Frame(FrameKind.Data, (ulong)sent, Pattern.Bytes(sent, 4096)));
        }

        _guest.Send(Pattern.Bytes(0, 100_000)); // Far more than its buffers hold: it has to get them back.
        while (client.Received.Length < 100_000)
        {
            client.HandleNext();
        }

        Pattern.AssertIs(client.Received, 0);
    }

    [Fact]
    public void A_client_that_never_acknowledges_is_sent_no_more_than_its_window()
    {
        _guest.Send(Pattern.Bytes(0, 100_000));
        using var client = new RawClient(_folder["a"]);
        client.ConnectRaw(RawClient.Hello(Guid.Empty, 0, 0, window: 4096));
        Assert.Equal(FrameKind.Session, client.ReadFrame().Header.Kind);
        int received = 0;
        do
        {
            (FrameHeader header, byte[] payload) = client.ReadFrame();
            Pattern.AssertIs(payload, received);
            received += (int)header.Length;
            Assert.InRange(received, 1, 4096); // Less, where the guest's first buffers were few: what is behind them waits for those.
            _console.Settle();
        }
        while (client.Connection.Available > 0);

        Assert.False(_guest.HasSent);
    }

    [Fact]
    public void Of_clients_that_say_nothing_eight_are_kept_and_those_with_something_to_say_get_through()
    {
        HostClient[] silent = [.. Enumerable.Range(0, 20).Select(_ => HostClient.Connect(_folder["a"]))];
        Eventually.Is(() => _console.PortOf("a").Counters.ClientsRefused == 12, "twelve turned away");
        AssertServes(Guid.Empty);
        Array.ForEach(silent, s => s.Dispose());
    }

    [Fact]
    public void Random_bytes_harm_nothing()
    {
        var random = new Random(9);
        for (int i = 0; i < 500; i++)
        {
            using var client = new RawClient(_folder["a"]);
            byte[] bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                // A session, and then frames with a field or two of sense.
                bytes[0] = (byte)random.Next(1, 7);
                bytes.AsSpan(1, Math.Min(3, bytes.Length - 1)).Clear();
                bytes = [.. RawClient.Hello(Guid.Empty, 0, 0, flags: 1), .. bytes];
            }

            client.ConnectRaw(bytes);
            client.Connection.EndSending();
            client.AssertIsCutOff();
        }

        using var last = new RawClient(_folder["a"]) { Flags = 1 };
        last.Connect();
        _guest.Forget();
        _guest.Send("sane"u8.ToArray());
        last.Converse("sound"u8.ToArray(), 4);
        Assert.Equal("sane"u8.ToArray(), last.Received);
        Assert.Empty(_console.Transport.Broken);
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] other = [.. bytes];
        other[at] = value;
        return other;
    }

    private void AssertTurnedAway(RawClient client, string why)
    {
        (RefusalReason reason, string text) = client.ReadRefusal();
        Assert.Equal(RefusalReason.Malformed, reason);
        Assert.Contains(why, text, StringComparison.Ordinal);
        client.AssertIsCutOff();
        Eventually.Is(() => _console.PortOf("a").Counters.ClientsRefused == 1, "counted"); // After it was told.
    }

    /// <summary>A client that keeps the protocol is served.</summary>
    private void AssertServes(Guid session)
    {
        using var client = new RawClient(_folder["a"]) { Session = session };
        client.Connect();
        Assert.Equal(session == Guid.Empty ? SessionChange.New : SessionChange.Resumed, client.Change);
        _guest.Send("sane"u8.ToArray());
        client.Converse("sound"u8.ToArray(), 4);
        Assert.Equal("sane"u8.ToArray(), client.Received);
        _guest.Until(g => g.Received.Length == 5, "five bytes");
        Assert.Equal("sound"u8.ToArray(), _guest.Received);
    }
}
