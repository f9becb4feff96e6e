using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FastRing.Console.Ports;
using FastRing.Host.Guests;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>Host clients that come before their guest, stay longer than it, or are not the first.</summary>
public sealed class SessionTests
{
    private const string Links = GuestRig.Links;
    private const int LineBytes = 8;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_client_that_came_before_its_guest_loses_nothing_and_is_told_what_it_waits_for()
    {
        await using GuestRig rig = await GuestRig.ServeAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "early", Backend = "unix:FOLDER/early.sock" }] });
        Port port = rig.Port("early");
        using NetworkStream client = await HostClients.ConnectAsync(rig["early.sock"]);
        byte[] first = await SendAsync(client);
        await AssertWaitsAsync(port, PortWait.Driver, "the guest's driver is not there");

        Task opened = port.WaitForGuestOpenAsync(GuestRig.Patience);
        await rig.BootAsync();
        await AssertWaitsAsync(port, PortWait.GuestOpen, "no program in the guest opened it");
        Assert.False(opened.IsCompleted);

        await AssertReadsAsync(rig, first);
        await opened;
        await port.WaitForAcknowledgementAsync(GuestRig.Patience);

        // The guest goes down; what is sent meanwhile waits for the next one.
        PortSession before = port.Session;
        byte[] second = await SendAsync(client);
        await rig.Linux.RunAsync("(sleep 0.2; reboot -f) >/dev/null 2>&1 &", GuestRig.Patience);
        byte[] third = await SendAsync(client, 1000);
        await rig.Linux.WaitReadyAsync(GuestRig.Patience, boot: 2);
        await AssertWaitsAsync(port, PortWait.GuestOpen, "no program in the guest opened it");

        await AssertReadsAsync(rig, [.. second, .. third]);
        Assert.True(port.Session.Guest > before.Guest);
        Assert.Equal((before.GuestOpens + 1, before.HostOpens), (port.Session.GuestOpens, port.Session.HostOpens));
    }

    [Fact]
    public async Task Whoever_waits_for_a_guest_to_take_its_bytes_hears_that_it_did_not_yet_that_it_did_and_that_it_went_down()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = "taken", Backend = "unix:FOLDER/taken.sock" }] });
        Port port = rig.Port("taken");
        using NetworkStream client = await HostClients.ConnectAsync(rig["taken.sock"]);
        await rig.RunAsync($"(exec 3<>{Links}/taken; until [ -e /tmp/go ]; do usleep 10000; done; head -c 3000 <&3 >/tmp/read; until [ -e /tmp/down ]; do usleep 10000; done; sleep 0.3; reboot -f) >/dev/null 2>&1 &");
        await port.WaitForGuestOpenAsync(GuestRig.Patience);

        await client.WriteAsync(new byte[3000]);
        await GuestRig.UntilAsync(() => port.Counters.BytesToGuest == 3000);
        TimeoutException notYet = await Assert.ThrowsAsync<TimeoutException>(() => port.WaitForAcknowledgementAsync(Moment));
        Assert.Contains("still holds 3000 bytes", notYet.Message, StringComparison.Ordinal);
        await rig.RunAsync(">/tmp/go");
        await port.WaitForAcknowledgementAsync(GuestRig.Patience);

        await client.WriteAsync(new byte[500]);
        await GuestRig.UntilAsync(() => port.Counters.BytesToGuest == 3500);
        Task lost = port.WaitForAcknowledgementAsync(GuestRig.Patience);
        await rig.Linux.RunAsync(">/tmp/down", GuestRig.Patience);
        InvalidOperationException reset = await Assert.ThrowsAsync<InvalidOperationException>(() => lost);
        Assert.Contains("the guest was reset", reset.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// The guest writes numbered lines for ever, and to a second port how many it has written. A client must not see a line that the guest had written before the
    /// client came, or while the one before it was there; and of those it sees, none may be missing.
    /// </summary>
    [Fact]
    public async Task No_client_sees_a_line_that_was_written_for_the_one_before()
    {
        const int Clients = 400;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 3,
            Ports = [new PortConfig { Name = "lines", Backend = "unix:FOLDER/lines.sock" }, new PortConfig { Name = "written", Backend = "unix:FOLDER/written.sock" }],
        });
        using NetworkStream counts = await HostClients.ConnectAsync(rig["written.sock"]);
        var written = new Written(counts);
        await rig.RunAsync(
            $"(exec 3>{Links}/lines 4>{Links}/written; n=1; while :; do printf '%07d\\n' $n >&3; printf '%07d\\n' $n >&4; n=$((n + 1)); done) >/dev/null 2>&1 &");
        var random = new Random(4);

        NetworkStream client = await HostClients.ConnectAsync(rig["lines.sock"]);
        int before = 0; // Lines that had been written before the client's time.
        int seen = 0;
        for (int i = 0; i < Clients; i++)
        {
            int wanted = random.Next(3) == 0 ? 0 : random.Next(1, 40);
            seen += wanted;
            for (int previous = 0, number; wanted > 0; wanted--, previous = number)
            {
                number = await LineAsync(client);
                Assert.True(previous == 0 ? number > before : number == previous + 1, $"client {i} saw line {number} after {previous}; {before} had been written before its time");
            }

            await Task.Delay(random.Next(4));
            (client, before) = random.Next(2) == 0
                ? await OverlapAsync(client, rig["lines.sock"], written)
                : await FollowAsync(client, rig["lines.sock"], written, pauseMilliseconds: random.Next(4));
        }

        client.Dispose();
        Assert.True(seen > Clients);
        Assert.NotEqual(0UL, rig.Port("lines").Counters.BytesDiscarded);
        await GuestRig.UntilAsync(() => rig.Port("lines").Session.HostOpens == Clients + 1);
    }

    /// <summary>The next client comes while one is there, and waits its turn.</summary>
    private static async Task<(NetworkStream Next, int Before)> OverlapAsync(NetworkStream client, string path, Written written)
    {
        NetworkStream next = await HostClients.ConnectAsync(path);
        int before = written.Latest;
        client.Dispose();
        return (next, before);
    }

    /// <summary>One client goes, and then the next comes.</summary>
    private static async Task<(NetworkStream Next, int Before)> FollowAsync(NetworkStream client, string path, Written written, int pauseMilliseconds)
    {
        client.Dispose();
        await Task.Delay(pauseMilliseconds);
        int before = written.Latest;
        return (await HostClients.ConnectAsync(path), before);
    }

    private static async Task<int> LineAsync(NetworkStream client)
    {
        string line = Encoding.ASCII.GetString(await client.ReadAsync(LineBytes));
        Assert.Matches("^[0-9]{7}\n$", line);
        return int.Parse(line, CultureInfo.InvariantCulture);
    }

    /// <summary>Sends what fits a socket, whether anybody reads it or not.</summary>
    private static async Task<byte[]> SendAsync(NetworkStream client, int count = 100_000)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(count);
        await client.WriteAsync(bytes).AsTask().WaitAsync(GuestRig.Patience);
        return bytes;
    }

    private static async Task AssertReadsAsync(GuestRig rig, byte[] expected)
    {
        string sum = await rig.RunAsync($"head -c {expected.Length} {Links}/early | sha256sum | cut -d' ' -f1");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected)), sum);
    }

    private static async Task AssertWaitsAsync(Port port, PortWait what, string message)
    {
        Assert.Equal(what, port.Waits);
        TimeoutException told = await Assert.ThrowsAsync<TimeoutException>(() => port.WaitForGuestOpenAsync(Moment));
        Assert.Contains($"port {port.Id} '{port.Name}' was not opened in the guest in time: {message}", told.Message, StringComparison.Ordinal);
    }

    /// <summary>How many lines the guest has written, as far as its word has come.</summary>
    private sealed class Written
    {
        private int _latest;

        public Written(NetworkStream counts) => _ = ReadAsync(counts);

        public int Latest => Volatile.Read(ref _latest);

        private async Task ReadAsync(NetworkStream counts)
        {
            try
            {
                while (true)
                {
                    Volatile.Write(ref _latest, await LineAsync(counts));
                }
            }
            catch (Exception e) when (e is IOException or EndOfStreamException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
