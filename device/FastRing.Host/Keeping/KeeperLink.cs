using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using FastRing.Host.Management;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Interop;

namespace FastRing.Host.Keeping;

/// <summary>A worker's line to its keeper. Without the keeper nothing is left to do.</summary>
internal sealed class KeeperLink : IDisposable
{
    /// <summary>The version of what is said on the line.</summary>
    public const string Version = "1";

    /// <summary>Tells a worker that it is one, and the numbers of its descriptors: the line, the configuration the keeper was started with, and that of the last worker, if there was one.</summary>
    public const string Variable = "FASTRING_KEEPER";

    /// <summary>How long the process may take to end by itself when its keeper is gone.</summary>
    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(10);

    private readonly KeeperSocket _socket;
    private readonly CancellationTokenSource _end;
    private readonly TaskCompletionSource<OwnedFd?> _takeOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlockingCollection<KeeperMessage> _answers = [];
    private readonly Channel<(DaemonConfig Config, string Number)> _changes = Channel.CreateUnbounded<(DaemonConfig, string)>();
    private readonly Lock _turn = new();
    private volatile ServedGuests? _guests;

    private KeeperLink(KeeperSocket socket, CancellationTokenSource end)
    {
        _socket = socket;
        _end = end;
        new Thread(Listen) { Name = "keeper", IsBackground = true }.Start();
    }

    /// <summary>This process is a keeper's worker.</summary>
    public static bool IsKept => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>What the last worker did; null: there was none, and the command line says what to do.</summary>
    public static DaemonConfig? LastConfig => ConfigAt(2) is { } last ? Confined(last, FirstConfig) : null;

    /// <summary>What the keeper was started with: the sandbox lets every worker into the files that it names, and into no others.</summary>
    public static DaemonConfig FirstConfig => ConfigAt(1)!;

    /// <summary>Another worker served before this one, and guests wait.</summary>
    public bool IsSuccessor { get; private set; }

    /// <summary>Takes the line that this process was started with.</summary>
    /// <param name="end">Cancelled when the keeper is gone.</param>
    public static KeeperLink Connect(CancellationTokenSource end) => new(new KeeperSocket(OwnedFd.DuplicateOf(Numbers()[0])), end);

    /// <summary>Says that everything is ready, and waits until it is needed.</summary>
    /// <param name="config">What to do if nobody knows better.</param>
    /// <returns>What to do.</returns>
    public async Task<DaemonConfig> TakeOverAsync(DaemonConfig config)
    {
        Say(KeeperWord.Waiting, Version);
        using OwnedFd? last = await _takeOver.Task.WaitAsync(_end.Token);
        IsSuccessor = last is not null;
        return last is null ? config : Confined(KeptConfig.Read(last).Daemon, FirstConfig);
    }

    /// <summary>Has the keeper listen for a guest's VMM.</summary>
    /// <returns>The door that connections come from.</returns>
    /// <exception cref="UsageException">It can't.</exception>
    public OwnedFd Open(GuestConfig guest)
    {
        lock (_turn)
        {
            Say(KeeperWord.Open, JsonSerializer.Serialize(new KeptSocket(guest.DisplayName, guest.SocketPath, guest.Fd), KeptJson.Default.KeptSocket));
            KeeperMessage answer = _answers.Take(_end.Token);
            OwnedFd door = answer.Fd ?? throw new UsageException(answer.Text) { Member = "socketPath" };
            door.SetNonBlocking();
            return door;
        }
    }

    /// <summary>A guest is no longer served.</summary>
    public void Close(GuestConfig guest) => Say(KeeperWord.Close, guest.DisplayName);

    /// <summary>All guests are served. From now on the keeper has the configuration in force, whatever becomes of it.</summary>
    /// <param name="config">What the worker was to do.</param>
    /// <param name="guests">The guests.</param>
    /// <param name="access">Who may change them; null: nobody.</param>
    public void BeginServing(DaemonConfig config, ServedGuests guests, ApiAccess? access)
    {
        void Keep()
        {
            using OwnedFd file = KeptConfig.Of(config, [.. guests.Guests.Select(g => g.CurrentConfig)], access?.Config).ToFile();
            Say(KeeperWord.Configuration, "", file);
        }

        _guests = guests;
        guests.Changed += Keep;
        if (!IsSuccessor) // Its own is what the keeper gave it.
        {
            Keep();
        }

        Say(KeeperWord.Serving);
    }

    /// <summary>Has each configuration that the keeper wants from now on be made so, one after the other, until the process ends.</summary>
    /// <param name="make">Makes it so, as far as that can be; what is wrong with it is in the log.</param>
    public async Task FollowAsync(Func<DaemonConfig, Task> make)
    {
        await foreach ((DaemonConfig config, string number) in _changes.Reader.ReadAllAsync(_end.Token))
        {
            await make(config);
            Say(KeeperWord.Changed, number);
        }
    }

    public void Dispose() => _answers.Dispose(); // The line is closed by the process' end, which is what the keeper waits for.

    /// <summary>The last worker may have been taken over by its guest: who a worker is and what it may touch is for the keeper to say, not for that one.</summary>
    /// <param name="config">What the last worker left.</param>
    /// <param name="first">What the keeper was started with.</param>
    internal static DaemonConfig Confined(DaemonConfig config, DaemonConfig first)
    {
        if (DaemonSandbox.ForbidsToConnect(first) && SandboxFiles.Connects(config))
        {
            return first; // To have its successor connect to a neighbour's socket was all that was left to it.
        }

        return config with { Sandbox = first.Sandbox, SandboxOfFile = first.SandboxOfFile, Source = first.Source, IsIsolated = first.IsIsolated };
    }

    private static DaemonConfig? ConfigAt(int place)
    {
        int[] numbers = Numbers();
        if (place >= numbers.Length)
        {
            return null;
        }

        using OwnedFd file = OwnedFd.DuplicateOf(numbers[place]);
        return KeptConfig.Read(file).Daemon;
    }

    private static int[] Numbers() => [.. Environment.GetEnvironmentVariable(Variable)!.Split(':').Select(n => int.Parse(n, CultureInfo.InvariantCulture))];

    private void Say(KeeperWord word, string text = "", params ReadOnlySpan<OwnedFd> fds)
    {
        try
        {
            _socket.Say(word, text, fds);
        }
        catch (IOException)
        {
            _end.Cancel();
        }
    }

    private void Listen()
    {
        try
        {
            while (_socket.Hear() is { } message)
            {
                switch (message.Word)
                {
                    case KeeperWord.TakeOver:
                        _takeOver.TrySetResult(message.Fd);
                        break;
                    case KeeperWord.Opened or KeeperWord.NotOpened:
                        _answers.Add(message);
                        break;
                    case KeeperWord.Change when message.Fd is { } config:
                        _changes.Writer.TryWrite((KeptConfig.Read(config).Daemon, message.Text));
                        config.Dispose();
                        break;
                    case KeeperWord.Leave when _guests is { } guests:
                        guests.Freeze();
                        _socket.Fd.CloseOthers(); // As if the process had ended, which takes longer: clients come to the next.
                        Say(KeeperWord.Left);
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException or InvalidOperationException)
        {
            // The keeper is gone: its guests are, too.
        }

        _end.Cancel();
        Thread.Sleep(s_end);
        Environment.Exit(ExitCode.Failed); // Nobody is left who would kill a worker that hangs.
    }
}
