using System.Globalization;
using System.Net.Sockets;
using FastRing.Console.Driver;
using FastRing.EndToEnd.Keeping;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd.Migration;

/// <summary>A driver that moves from one real daemon to the next, whose host programs are plain sockets' clients.</summary>
public sealed class DaemonMigrationTests
{
    /// <summary>Each needs another daemon: a hundred take minutes, and are the long run's.</summary>
    private static readonly int s_moves = int.Parse(Environment.GetEnvironmentVariable("FASTRING_MOVES") ?? "4", CultureInfo.InvariantCulture);

    private const string Port = "org.example.0";

    /// <summary>
    /// A client of the daemon that was left has all the guest had sent, once it has read its socket empty; what it had sent itself and the guest had not got is known from
    /// the management API, and it repeats that to the next.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public async Task Moving_from_daemon_to_daemon_loses_nothing_that_the_client_does_not_know_of(ulong packed)
    {
        ManagedDaemon source = await ServeAsync();
        using var session = new FrontendSession(VhostUserFrontend.Connect(source["vm0.sock"]), 16 << 20, (~0UL & ~VirtioFeatures.RingPacked) | packed);
        using var driver = new ConsoleDriver(session, 2);
        driver.Start();
        Socket client = await ConnectAsync(source);
        Until(driver, () => driver.FindPort(Port) is { IsHostOpen: true });
        DriverPort port = driver.FindPort(Port)!;
        port.Open();
        var (random, bytes) = (new Random(1), new byte[32768]);
        (long written, long taken, long given, long read) = (0, 0, 0, 0);
        for (int move = 0; move < s_moves; move++)
        {
            Until(driver, () => port.IsHostOpen);

            // More than a socket holds, so that a chain is taken in part, and more than the guest has buffers for.
            while (port.TryWrite(Fill(bytes.AsSpan(0, random.Next(1, bytes.Length)), written)) is > 0 and var sent)
            {
                written += sent;
            }

            given += Send(client, bytes, given, random.Next(1_000_000));
            taken += Receive(client, bytes, taken, random.Next(100_000));
            read += Read(port, bytes, read);
            ManagedDaemon destination = await ServeAsync();
            session.MigrateTo(VhostUserFrontend.Connect(destination["vm0.sock"]));
            taken += Receive(client, bytes, taken, long.MaxValue);
            long committed = (await source.GetAsync("/v1/guests/vm0/ports/org.example.0")).GetProperty("bytesToGuest").GetInt64();
            Assert.InRange(committed, read, given);
            given = committed;
            client.Dispose();
            await source.DisposeAsync();
            source = destination;
            client = await ConnectAsync(source);
        }

        given += Send(client, bytes, given, 100_000);
        Until(driver, () =>
        {
            taken += Receive(client, bytes, taken, long.MaxValue);
            read += Read(port, bytes, read);
            return taken == written && read == given;
        });
        client.Dispose();
        await source.DisposeAsync();
        TestContext.Current.SendDiagnosticMessage($"{s_moves} moves: {written} bytes sent, {read} got");
        Assert.InRange(written, 1_000_000, long.MaxValue);
    }

    /// <summary>What a daemon was told of its guest by migration it keeps as what it has seen itself.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public async Task A_guest_that_moved_in_loses_nothing_when_its_worker_is_killed_and_moves_on(ulong packed)
    {
        await using MovingGuest guest = await MovingGuest.StartAsync(packed);
        await using EchoedStream stream = await EchoedStream.StartAsync(guest.Client);
        for (int move = 0; move < 3; move++)
        {
            await stream.UntilMoreAsync(stream.Read);
            await guest.MoveAsync();
            await guest.KillAsync();
        }

        await stream.UntilMoreAsync(stream.Read);
        await stream.FinishAsync();
    }

    private static Task<ManagedDaemon> ServeAsync() => ManagedDaemon.StartAsync(
        """{ "api": { "socketPath": "FOLDER/api.sock" }, "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 2, "ports": [ { "name": "org.example.0", "backend": "unix:FOLDER/p.sock" } ] } ] }""");

    private static async Task<Socket> ConnectAsync(ManagedDaemon daemon)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(daemon["p.sock"]));
        await daemon.UntilAsync("/v1/guests/vm0/ports/org.example.0", state => state.GetProperty("isHostOpen").GetBoolean());
        socket.Blocking = false;
        return socket;
    }

    private static Span<byte> Fill(Span<byte> bytes, long position)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = Conversation.At(position + i);
        }

        return bytes;
    }

    private static long Send(Socket client, byte[] bytes, long position, long most)
    {
        long sent = 0;
        while (sent < most)
        {
            int now = client.Send(Fill(bytes.AsSpan(0, (int)Math.Min(bytes.Length, most - sent)), position + sent), SocketFlags.None, out SocketError error);
            if (error != SocketError.Success)
            {
                break;
            }

            sent += now;
        }

        return sent;
    }

    private static long Receive(Socket client, byte[] bytes, long position, long most)
    {
        long received = 0;
        while (received < most)
        {
            int now = client.Receive(bytes.AsSpan(0, (int)Math.Min(bytes.Length, most - received)), SocketFlags.None, out SocketError error);
            if (error != SocketError.Success || now == 0)
            {
                break;
            }

            AssertRight(bytes.AsSpan(0, now), position + received);
            received += now;
        }

        return received;
    }

    private static long Read(DriverPort port, byte[] bytes, long position)
    {
        long read = 0;
        for (int now = port.TryRead(bytes); now > 0; now = port.TryRead(bytes))
        {
            AssertRight(bytes.AsSpan(0, now), position + read);
            read += now;
        }

        return read;
    }

    private static void AssertRight(ReadOnlySpan<byte> bytes, long position)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != Conversation.At(position + i))
            {
                Assert.Fail($"byte {position + i} is another");
            }
        }
    }

    private static void Until(ConsoleDriver driver, Func<bool> condition)
    {
        long end = Environment.TickCount64 + 20_000;
        while (!condition())
        {
            driver.Poll();
            Assert.True(Environment.TickCount64 < end, "never came about");
            Thread.Sleep(1);
        }
    }
}
