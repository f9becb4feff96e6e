using System.Buffers.Binary;
using System.Net.Sockets;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>Clients that leave at any moment: what the guest sent to one is never seen by another.</summary>
[Collection(nameof(Alone))]
public sealed class ClientSessionTests
{
    private const int Clients = 10_000;
    private const int DeadlineMilliseconds = 20_000;

    [Fact]
    public async Task Of_ten_thousand_clients_that_leave_at_random_none_sees_a_byte_meant_for_another()
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(new PortOptions("a", new UnixListenEndpoint(folder["a"])));
        ConsoleDriver driver = console.StartDriver(new DriverBuffers(8, 256, 16, 4096));
        driver.FindPort("a")!.Open();
        using var stop = new CancellationTokenSource();
        Task guest = Task.Factory.StartNew(() => Talk(driver, stop.Token), TaskCreationOptions.LongRunning);

        var seen = new HashSet<uint>();
        var random = new Random(5);
        for (int i = 0; i < Clients && !guest.IsCompleted; i++)
        {
            if (OneClient(folder["a"], random) is { } session)
            {
                Assert.True(seen.Add(session), $"client {i} saw bytes of session {session}, which was another's");
            }
        }

        await stop.CancelAsync();
        await guest;
        Assert.True(seen.Count > Clients / 4, $"only {seen.Count} clients were talked to"); // Or the test shows nothing.
        Assert.Empty(console.Transport.Broken);
    }

    /// <summary>A guest whose every word is the number of the session it is for, as it knows it.</summary>
    private static void Talk(ConsoleDriver driver, CancellationToken stop)
    {
        uint session = 0;
        var words = new byte[4096];
        var random = new Random(6);
        DriverPort port = driver.FindPort("a")!;
        driver.PortChanged += (_, what) =>
        {
            if (what == ControlEvent.PortOpen && port.IsHostOpen)
            {
                session++;
                for (int at = 0; at < words.Length; at += 4)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(words.AsSpan(at), session);
                }
            }
        };
        while (!stop.IsCancellationRequested)
        {
            // Mostly several buffers between two looks at what the device says.
            for (int i = random.Next(8); i > 0 && port.TryWrite(words.AsSpan(0, 4 * random.Next(1, 1024))) > 0; i--)
            {
            }

            driver.Wait(TimeSpan.FromMilliseconds(1));
            driver.Poll();
        }
    }

    /// <returns>The session its bytes were for; null: it read none.</returns>
    private static uint? OneClient(string path, Random random)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = DeadlineMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        if (random.Next(8) == 0)
        {
            return null; // Without a word.
        }

        var bytes = new byte[random.Next(4, 10_000)];
        int read = 0;
        int until = random.Next(4, bytes.Length + 1);
        while (read < until)
        {
            int more = socket.Receive(bytes.AsSpan(read));
            Assert.True(more > 0, "the port ended");
            read += more;
        }

        uint session = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        for (int at = 0; at + 4 <= read; at += 4)
        {
            Assert.Equal(session, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)));
        }

        return session;
    }
}
