using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Resumable;
using FastRing.Console.Spec;
using FastRing.Spec;

namespace FastRing.Console.Tests.Endpoints.Resumable;

/// <summary>How sessions begin and end, and who is in them.</summary>
public sealed class ResumableSessionTests : IDisposable
{
    private static readonly byte[] s_toHost = Pattern.Bytes(0, 3000);
    private readonly TemporaryFolder _folder = new();
    private readonly ResumableEndpoint _endpoint;
    private readonly TestConsole _console;
    private readonly DrivenGuest _guest;
    private readonly RawClient _client;

    public ResumableSessionTests()
    {
        _endpoint = new ResumableEndpoint(_folder["a"]);
        _console = new TestConsole(new PortOptions("a", _endpoint), new PortOptions("b", new EchoEndpoint()));
        _guest = new DrivenGuest(_console);
        _client = new RawClient(_folder["a"]);
    }

    public void Dispose()
    {
        _client.Dispose();
        _guest.Dispose();
        _console.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_client_that_is_away_leaves_the_port_open_and_the_guests_bytes_in_its_buffers()
    {
        Talk();
        ulong taken = _console.PortOf("a").Counters.BytesToHost;
        uint opens = _console.PortOf("a").Session.HostOpens;
        _client.Leave();
        _guest.Send(Pattern.Bytes(3000, 2000));
        _console.Settle();

        Assert.True(_guest.IsHostOpen);
        Assert.Equal(taken, _console.PortOf("a").Counters.BytesToHost);
        Assert.Equal(new ResumableStatus(_client.Session, false, 3000, 4), _endpoint.Status);

        _client.Connect();
        Assert.Equal(SessionChange.Resumed, _client.Change);
        _client.Converse("four"u8.ToArray(), 5000);
        Pattern.AssertIs(_client.Received, 0);
        Assert.Equal(opens, _console.PortOf("a").Session.HostOpens); // To the guest, nobody came or went.
    }

    [Fact]
    public void What_was_sent_and_not_acknowledged_is_sent_again_from_where_the_client_says()
    {
        _client.Connect();
        _guest.Send(s_toHost);
        Pattern.AssertIs(_client.ReadFrame().Payload, 0);
        _client.Leave();

        _client.Has(Pattern.Bytes(0, 7));
        _client.Connect();
        Assert.Equal(SessionChange.Resumed, _client.Change);
        _client.Converse([], 3000);
        Pattern.AssertIs(_client.Received, 0);
    }

    [Fact]
    public void Bye_ends_the_session_and_is_told_to_whoever_comes_back_to_it()
    {
        Talk();
        Guid session = _client.Session;
        _client.Send(RawClient.Frame(FrameKind.Bye, 0));
        _client.AssertIsCutOff();
        _guest.Until(g => !g.IsHostOpen, "the guest hears of the end");

        _client.Connect();
        AssertEnded(session, SessionChange.Bye, toHost: 3000, toGuest: 4);
    }

    [Fact]
    public void A_guest_that_closes_and_opens_the_port_has_its_streams_in_two_sessions_each_of_them_whole()
    {
        _client.Connect();
        Guid session = _client.Session;
        _guest.Send(s_toHost);
        _guest.Until(g => g.HasSent, "sent");
        _guest.Close();
        _guest.Open();
        _client.Converse([], 3000);
        _client.AssertIsCutOff();
        Pattern.AssertIs(_client.Received, 0);

        // The host's side was never closed to the guest: what it writes now is for the same client.
        _guest.Send(Pattern.Bytes(7000, 1000));
        _client.Connect();
        AssertEnded(session, SessionChange.GuestClosed, toHost: 3000, toGuest: 0);
        _client.Converse("ours"u8.ToArray(), 1000);
        Pattern.AssertIs(_client.Received, 7000);
        _guest.Until(g => g.Received.Length == 4, "the guest has what was sent to its second opening");
        Assert.Equal(0UL, _console.PortOf("a").Counters.BytesDiscarded);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Programs_that_open_the_port_one_after_the_other_have_a_session_each_although_nobody_reads_meanwhile(bool packed)
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(packed ? ~0UL : ~VirtioFeatures.RingPacked, new PortOptions("a", new ResumableEndpoint(folder["a"])));
        using var guest = new DrivenGuest(console);
        using var client = new RawClient(folder["a"]);
        client.Connect();
        guest.Until(g => g.IsHostOpen, "open");
        guest.Send(Pattern.Bytes(0, 500));
        guest.Until(g => g.HasSent, "sent");
        uint first = Math.Min(client.ReadFrame().Header.Length, 7);
        client.Has(Pattern.Bytes(0, (int)first));
        client.Send(RawClient.Frame(FrameKind.Acknowledge, first));
        client.Leave(); // In the middle of the first program's stream, and of a buffer.
        for (int i = 1; i <= 5; i++)
        {
            guest.Close();
            guest.Open();
            guest.Send(Pattern.Bytes(1000 * i, 100 * i));
            guest.Until(g => g.HasSent, "sent");
        }

        guest.Close();
        for (int i = 0; i <= 5; i++)
        {
            client.Connect();
            Assert.Equal(i == 0 ? SessionChange.Resumed : SessionChange.GuestClosed, client.Change);
            client.Converse([], i == 0 ? 500 : 100 * i);
            client.AssertIsCutOff();
            Pattern.AssertIs(client.Received, 1000 * i);
        }

        client.Connect();
        Assert.Equal((SessionChange.GuestClosed, 500UL), (client.Change, client.Told.EndedToHost));
    }

    [Fact]
    public void A_client_that_was_away_when_the_guest_closed_gets_the_rest_before_it_is_told()
    {
        Talk();
        Guid session = _client.Session;
        _client.Leave();
        _guest.Send(Pattern.Bytes(3000, 500));
        _guest.Until(g => g.HasSent, "sent");
        _guest.Close();
        _console.Settle();

        _client.Connect();
        Assert.Equal(SessionChange.Resumed, _client.Change);
        _client.Converse("four"u8.ToArray(), 3500);
        _client.AssertIsCutOff();
        Pattern.AssertIs(_client.Received, 0);
        _client.Connect();
        AssertEnded(session, SessionChange.GuestClosed, toHost: 3500, toGuest: 4);
    }

    [Fact]
    public void A_client_that_was_cut_off_before_it_heard_of_the_next_session_is_told_again()
    {
        Talk();
        Guid session = _client.Session;
        _guest.Close();
        _client.AssertIsCutOff();

        for (int at = 0; at < FrameHeader.Bytes + SessionFrame.Bytes; at++)
        {
            Assert.Throws<IOException>(() => _client.Connect(mayReceive: at));
        }

        _client.Connect();
        AssertEnded(session, SessionChange.GuestClosed, toHost: 3000, toGuest: 4);
    }

    [Fact]
    public void A_reset_guest_ends_the_session()
    {
        Talk();
        Guid session = _client.Session;
        _guest.Reset();
        _client.AssertIsCutOff();

        _client.Connect();
        AssertEnded(session, SessionChange.GuestReset, toHost: 3000, toGuest: 4);
        _guest.Send(Pattern.Bytes(9000, 100));
        _client.Converse("new"u8.ToArray(), 100);
        Pattern.AssertIs(_client.Received, 9000);
    }

    [Fact]
    public void A_client_that_is_away_for_too_long_finds_its_session_over()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("a", new ResumableEndpoint(folder["a"], TimeSpan.FromMilliseconds(50))));
        using var guest = new DrivenGuest(console);
        using var client = new RawClient(folder["a"]);
        client.Connect();
        guest.Send(s_toHost);
        client.Converse([], 3000);
        Guid session = client.Session;
        client.Leave();
        guest.Until(g => !g.IsHostOpen, "the guest hears of the end");

        client.Connect();
        Assert.Equal((SessionChange.TimeOver, 3000UL), (client.Change, client.Told.EndedToHost));
        Assert.NotEqual(session, client.Session);
    }

    [Fact]
    public void A_client_that_has_more_than_was_sent_is_told_that_the_guest_was_rewound()
    {
        Talk();
        _client.Leave();
        _client.Claims = (3001, 4);
        AssertEndsWith(SessionChange.Rewound);
    }

    [Fact]
    public void A_client_that_knows_of_more_than_the_guest_has_is_told_that_the_guest_was_rewound()
    {
        Talk();
        _client.Leave();
        _client.Claims = (3000, 5);
        AssertEndsWith(SessionChange.Rewound);
    }

    [Fact]
    public void A_client_that_lacks_what_it_acknowledged_is_told_so()
    {
        Talk();
        _client.Leave();
        _client.Claims = (2999, 4);
        AssertEndsWith(SessionChange.Behind);
    }

    [Fact]
    public void A_session_that_nobody_knows_gets_a_new_one()
    {
        _client.Session = Guid.NewGuid();
        _client.Claims = (500, 600);
        _client.Connect();
        Assert.Equal((SessionChange.Unknown, 0UL, 0UL), (_client.Change, _client.Told.EndedToHost, _client.Told.EndedToGuest));
    }

    [Fact]
    public void Another_client_is_turned_away_while_a_session_waits_for_its_own()
    {
        Talk();
        _client.Leave();
        using var other = new RawClient(_folder["a"]);
        other.ConnectRaw(RawClient.Hello(Guid.Empty, 0, 0));
        Assert.Equal((RefusalReason.Busy, "another client's session goes on"), other.ReadRefusal());
        Eventually.Is(() => _console.PortOf("a").Counters.ClientsRefused == 1, "counted"); // After it was told.

        _client.Connect();
        Assert.Equal(SessionChange.Resumed, _client.Change);
    }

    [Fact]
    public void Another_client_waits_while_one_is_connected()
    {
        Talk();
        using var other = new RawClient(_folder["a"]);
        other.ConnectRaw(RawClient.Hello(Guid.Empty, 0, 0));
        _console.Settle();
        Assert.Equal(0, other.Connection.Available);

        _client.Send(RawClient.Frame(FrameKind.Bye, 0));
        Assert.Equal(FrameKind.Session, other.ReadFrame().Header.Kind);
    }

    [Fact]
    public void A_client_that_takes_over_ends_the_session_that_waits()
    {
        Talk();
        Guid session = _client.Session;
        _client.Leave();
        using var other = new RawClient(_folder["a"]) { Flags = 1 };
        other.Connect();
        Assert.Equal(SessionChange.New, other.Change);
        other.Send(RawClient.Frame(FrameKind.Bye, 0));
        other.AssertIsCutOff();

        _client.Connect();
        AssertEnded(session, SessionChange.Replaced, toHost: 3000, toGuest: 4);
    }

    [Fact]
    public async Task A_client_that_is_disconnected_from_this_side_is_told_so()
    {
        Talk();
        Guid session = _client.Session;
        await _console.PortOf("a").DisconnectAsync();
        Assert.Equal(RefusalReason.Disconnected, _client.ReadRefusal().Reason);
        _guest.Until(g => !g.IsHostOpen, "the guest hears of the end");

        _client.Connect();
        AssertEnded(session, SessionChange.Disconnected, toHost: 3000, toGuest: 4);
    }

    [Fact]
    public void Another_process_goes_on_with_a_session_from_where_the_guest_has_it()
    {
        Talk();
        using var folder = new TemporaryFolder();
        var endpoint = new ResumableEndpoint(folder["a"]);
        endpoint.Resume(new StreamPositions(_client.Session, 2990, 4)); // Ten more were sent and acknowledged, and the guest has not got their buffer back.
        using var console = new TestConsole(new PortOptions("a", endpoint));
        using var guest = new DrivenGuest(console);
        guest.Send(Pattern.Bytes(2990, 100));
        guest.Until(g => g.IsHostOpen, "to the guest, the client is there");
        using var client = new RawClient(folder["a"]) { Session = _client.Session, Committed = 4 };
        client.Has(s_toHost);
        client.Connect();
        Assert.Equal((SessionChange.Resumed, 4UL), (client.Change, client.Committed));
        client.Send(RawClient.Frame(FrameKind.Acknowledge, 3000));
        client.Converse("fourmore"u8.ToArray(), 3090);
        Pattern.AssertIs(client.Received, 0);
        guest.Until(g => g.Received.Length == 4, "the rest");
        Assert.Equal("more"u8.ToArray(), guest.Received);
    }

    [Fact]
    public void A_client_that_has_said_who_it_is_waits_longer_for_its_guest_than_others_may_take_to_say_so()
    {
        var session = Guid.NewGuid();
        using var endpoint = new ResumableEndpoint(_folder["moved"]) { HelloTime = TimeSpan.FromMilliseconds(50) };
        using var console = new TestConsole(new PortOptions("a", endpoint));
        using var client = new RawClient(_folder["moved"]);
        client.ConnectRaw(RawClient.Hello(session, 0, 0));
        using var silent = new RawClient(_folder["moved"]);
        silent.ConnectRaw([]);
        Assert.Equal((RefusalReason.Late, "it did not say who it is"), silent.ReadRefusal());
        using var another = new RawClient(_folder["moved"]);
        another.ConnectRaw([]);
        Assert.Equal(RefusalReason.Late, another.ReadRefusal().Reason); // Its time began when the first's was over.

        console.OnWorker(() => endpoint.Resume(new StreamPositions(session, 0, 0)));
        (FrameHeader header, byte[] payload) = client.ReadFrame();
        Assert.Equal((FrameKind.Session, session), (header.Kind, new Guid(payload.AsSpan(0, 16))));
        Assert.Equal(2UL, console.PortOf("a").Counters.ClientsRefused);
    }

    [Fact]
    public void A_client_whose_guest_does_not_come_is_told_to_try_again()
    {
        using var console = new TestConsole(new PortOptions("a", new ResumableEndpoint(_folder["alone"], resumeTime: TimeSpan.FromMilliseconds(50))));
        using var client = new RawClient(_folder["alone"]);
        client.ConnectRaw(RawClient.Hello(Guid.NewGuid(), 0, 0));
        Assert.Equal((RefusalReason.Busy, "no guest came whose session it could be"), client.ReadRefusal());
    }

    [Fact]
    public void A_client_that_leaves_before_its_guest_comes_leaves_its_place()
    {
        using var console = new TestConsole(new PortOptions("a", new ResumableEndpoint(_folder["alone"])));
        using var client = new RawClient(_folder["alone"]);
        client.ConnectRaw(RawClient.Hello(Guid.NewGuid(), 0, 0));
        client.Leave();
        Eventually.Is(() => console.PortOf("a").Counters.ClientsRefused == 1, "missed");
    }

    [Fact]
    public void Of_clients_that_wait_for_a_guest_those_that_say_nothing_make_room_first()
    {
        using var console = new TestConsole(new PortOptions("a", new ResumableEndpoint(_folder["alone"])));
        RawClient[] clients = [.. Enumerable.Range(0, 17).Select(_ => new RawClient(_folder["alone"]))];
        for (int i = 0; i < 16; i++)
        {
            clients[i].ConnectRaw(i % 2 == 0 ? RawClient.Hello(Guid.NewGuid(), 0, 0) : []); // Eight of each.
            console.Settle();
        }

        foreach (RawClient silent in clients.Where((_, i) => i % 2 == 1 && i < 15))
        {
            Assert.Equal((RefusalReason.Late, "others came, and it had not said who it is"), silent.ReadRefusal());
        }

        Eventually.Is(() => console.PortOf("a").Counters.ClientsRefused == 8, "eight turned away");
        Assert.Equal((RefusalReason.Busy, "others came, and no guest whose session it could be"), clients[0].ReadRefusal()); // For the last that says nothing.
        clients[16].ConnectRaw(RawClient.Hello(Guid.NewGuid(), 0, 0));
        Assert.Equal(RefusalReason.Late, clients[15].ReadRefusal().Reason);
        Array.ForEach(clients, c => c.Dispose());
    }

    [Fact]
    public void A_guest_that_has_not_sent_what_the_client_has_was_rewound()
    {
        Talk();
        using var folder = new TemporaryFolder();
        var endpoint = new ResumableEndpoint(folder["a"]);
        endpoint.Resume(new StreamPositions(_client.Session, 2000, 4));
        using var console = new TestConsole(new PortOptions("a", endpoint));
        using var guest = new DrivenGuest(console);
        guest.Send(Pattern.Bytes(7000, 100)); // Not the thousand bytes the client has.
        using var client = new RawClient(folder["a"]) { Session = _client.Session, Committed = 4 };
        client.Has(s_toHost);
        client.Connect();
        client.Send(RawClient.Frame(FrameKind.Acknowledge, 3000));
        client.AssertIsCutOff();
        client.Connect();
        Assert.Equal(SessionChange.Rewound, client.Change);
    }

    [Fact]
    public void A_console_has_no_sessions()
    {
        using var endpoint = new ResumableEndpoint(_folder["c"]);
        var options = new PortOptions("", endpoint, IsConsole: true);
        Assert.Contains("a console's guest does not wait", Assert.ThrowsAny<Exception>(() => new TestConsole(options).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rings_that_stop_and_go_on_in_the_middle_of_everything_lose_nothing()
    {
        _client.Connect();
        _guest.Send(Pattern.Bytes(0, 200_000));
        for (int i = 0; i < 50; i++)
        {
            _client.Converse([], (i + 1) * 2000);
            foreach (int queue in (int[])[QueueMap.TransmitQueue(1), QueueMap.ReceiveQueue(1)])
            {
                _console.Transport.Stop(queue);
                _console.Transport.Restart(queue);
            }
        }

        _client.Converse(Pattern.Bytes(5, 10_000), 200_000);
        Pattern.AssertIs(_client.Received, 0);
        _guest.Until(g => g.Received.Length == 10_000, "all of it");
        Pattern.AssertIs(_guest.Received, 5);
    }

    /// <summary>A session in which 3000 bytes went to the host and four to the guest.</summary>
    private void Talk()
    {
        _client.Connect();
        Assert.Equal(SessionChange.New, _client.Change);
        _guest.Send(s_toHost);
        _client.Converse("four"u8.ToArray(), 3000);
        Assert.Equal(s_toHost, _client.Received);
        _guest.Until(g => g.Received.Length == 4, "four bytes");
        Eventually.Is(() => _endpoint.Status is { ToHost: 3000 }, "acknowledged");
        _guest.Forget();
    }

    private void AssertEnded(Guid session, SessionChange why, ulong toHost, ulong toGuest)
    {
        Assert.Equal((why, toHost, toGuest), (_client.Change, _client.Told.EndedToHost, _client.Told.EndedToGuest));
        Assert.NotEqual(session, _client.Session);
    }

    private void AssertEndsWith(SessionChange why)
    {
        Guid session = _client.Session;
        _client.Connect();
        AssertEnded(session, why, toHost: 3000, toGuest: 4);
        _client.Claims = null;
        _guest.Until(g => g.IsHostOpen, "the guest has heard of the next");
        _guest.Send(Pattern.Bytes(8000, 100));
        _client.Converse([], 100);
        Pattern.AssertIs(_client.Received, 8000);
    }
}
