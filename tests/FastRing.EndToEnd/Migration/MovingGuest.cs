using FastRing.Console.Driver;
using FastRing.EndToEnd.Keeping;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd.Migration;

/// <summary>A driver of this process that sends back what comes through its port, and moves from one real daemon, with a keeper, to the next meanwhile, as a VMM's live migration does.</summary>
internal sealed class MovingGuest : IAsyncDisposable
{
    public const string Port = "org.example.0";

    private readonly TemporaryFolder _folder = new();
    private readonly FrontendSession _session;
    private readonly ConsoleDriver _driver;
    private readonly Lock _running = new();
    private readonly Thread _thread;
    private volatile bool _ends;

    private MovingGuest(KeptDaemon daemon, ulong packed)
    {
        Daemon = daemon;
        Point(daemon);
        _session = new FrontendSession(VhostUserFrontend.Connect(daemon["vhost.sock"]), 16 << 20, (~0UL & ~VirtioFeatures.RingPacked) | packed);
        _driver = new ConsoleDriver(_session, 2);
        _driver.Start();
        _thread = new Thread(Echo);
        _thread.Start();
    }

    /// <summary>Where the port's client finds the daemon that has it now.</summary>
    public string Client => _folder["client.sock"];

    /// <summary>Starts it.</summary>
    /// <param name="packed">RING_PACKED, or 0.</param>
    /// <param name="runner">What runs its first daemon.</param>
    public static async Task<MovingGuest> StartAsync(ulong packed, params string[] runner) => new(await ServeAsync(runner), packed);

    /// <summary>Moves to a new daemon.</summary>
    public async Task MoveAsync()
    {
        KeptDaemon next = await ServeAsync();
        Point(next); // Before the guest goes: what it left would tell its client that the guest was reset.
        await MoveToAsync(next);
        KeptDaemon last = Daemon;
        Daemon = next;
        await last.DisposeAsync();
    }

    /// <summary>What serves it now.</summary>
    public KeptDaemon Daemon { get; private set; }

    /// <summary>Kills the worker that serves it, and waits for the next.</summary>
    public Task KillAsync() => Daemon.ReplaceAsync();

    public async ValueTask DisposeAsync()
    {
        _ends = true;
        _thread.Join();
        _driver.Dispose();
        _session.Dispose();
        await Daemon.DisposeAsync();
        _folder.Dispose();
    }

    private static Task<KeptDaemon> ServeAsync(params string[] runner) => KeptDaemon.StartAsAsync(runner, "--max-ports", "2", "--port", $"{Port}=resume:FOLDER/p.sock");

    private void Point(KeptDaemon daemon)
    {
        File.Delete(Client);
        File.CreateSymbolicLink(Client, daemon["p.sock"]);
    }

    /// <summary>A daemon that does not answer is asked what it is doing: it may be too late to ask it afterwards.</summary>
    private async Task MoveToAsync(KeptDaemon next)
    {
        try
        {
            Move(next);
        }
        catch (VhostUserException e)
        {
            (_, string stacks, string error) = await Programs.TryRunAsync(Programs.FastRing, ["stacks", $"{next.Daemon.ProcessId}"]);
            Assert.Fail($"{e}\n{stacks}{error}\n{string.Join('\n', next.Daemon.Log)}");
        }
    }

    private void Move(KeptDaemon next)
    {
        VhostUserFrontend destination = VhostUserFrontend.Connect(next["vhost.sock"]);
        destination.Timeout = GuestRig.Patience;
        bool isPaused = false;
        try
        {
            _session.MigrateTo(destination, () =>
            {
                _running.Enter();
                isPaused = true;
            });
        }
        finally
        {
            if (isPaused)
            {
                _running.Exit();
            }
        }
    }

    private void Echo()
    {
        byte[] bytes = new byte[16 << 10];
        int count = 0;
        int sent = 0;
        while (!_ends)
        {
            bool moved = false;
            lock (_running)
            {
                _driver.Poll();
                if (_driver.FindPort(Port) is { } port)
                {
                    if (!port.IsOpen)
                    {
                        port.Open();
                    }

                    if (sent == count)
                    {
                        (count, sent) = (port.TryRead(bytes), 0);
                        moved = count > 0;
                    }

                    int now = sent < count ? port.TryWrite(bytes.AsSpan(sent, count - sent)) : 0;
                    sent += now;
                    moved |= now > 0;
                }
            }

            if (!moved)
            {
                Thread.Sleep(1);
            }
        }
    }
}
