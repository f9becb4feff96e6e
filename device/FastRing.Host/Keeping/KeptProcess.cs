using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Host.Keeping;

/// <summary>A worker that a keeper has started: it serves, or waits until it has to. Keeper's thread only.</summary>
internal sealed class KeptProcess : IDisposable
{
    private const int WordsPerTurn = 32;

    private readonly ChildProcess _child;
    private readonly KeeperSocket _line;
    private readonly WatchedFd _end;
    private WatchedFd? _heard;
    private bool _isOver;

    /// <param name="worker">The keeper's loop.</param>
    /// <param name="child">The process.</param>
    /// <param name="line">The keeper's end of its line.</param>
    /// <param name="program">What it runs.</param>
    public KeptProcess(Worker worker, ChildProcess child, OwnedFd line, string program)
    {
        _child = child;
        Program = program;
        line.SetNonBlocking();
        _line = new KeeperSocket(line);
        _end = worker.Watch(child.Fd, EpollEvents.In, new Handler(this, Reap));
        _heard = worker.Watch(line, EpollEvents.In, new Handler(this, Hear));
    }

    public int Id => _child.Id;

    public string Program { get; }

    /// <summary>It has said that it waits.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>When it began to serve; null: it has not.</summary>
    public long? ServingSince { get; set; }

    /// <summary>The guests it has asked for.</summary>
    public HashSet<string> Asked { get; } = [];

    /// <summary>It has said something.</summary>
    public event Action<KeptProcess, KeeperMessage>? Heard;

    /// <summary>It has ended, with that code; all its descriptors are closed.</summary>
    public event Action<KeptProcess, int>? Ended;

    /// <summary>Something of its is not as it must be; it is killed.</summary>
    public event Action<KeptProcess, string>? Misbehaved;

    /// <summary>How an exit code came about.</summary>
    public static string Describe(int exitCode) => exitCode > 128 ? $"signal {exitCode - 128}" : $"exit code {exitCode}";

    /// <summary>
    /// Says something. One that can't be told is killed, if it is there at all: it does not read, or its user has too many descriptors on their way (ETOOMANYREFS, unix(7)), and what it does
    /// not know it would never do. The next is told all of it.
    /// </summary>
    public void Say(KeeperWord word, string text = "", params ReadOnlySpan<OwnedFd> fds)
    {
        try
        {
            _line.Say(word, text, fds);
        }
        catch (IOException)
        {
            Signal(ChildProcess.Kill);
        }
    }

    public void Signal(int number) => _child.Signal(number);

    public void Dispose()
    {
        _isOver = true;
        _heard?.Dispose();
        _end.Dispose();
        _line.Dispose();
        _child.Dispose();
    }

    private void Hear()
    {
        try
        {
            // What it says more waits for the next turn: one that a guest has taken over may say something for ever, and others are on this loop.
            for (int i = 0; i < WordsPerTurn && !_isOver && _line.Hear() is { } message; i++)
            {
                Heard?.Invoke(this, message);
            }
        }
        catch (EndOfStreamException)
        {
            _heard?.Dispose(); // Its end is told by the kernel.
            _heard = null;
        }
        catch (InvalidDataException e)
        {
            Misbehave(e.Message);
        }
    }

    private void Reap()
    {
        if (_child.TryReap() is { } exitCode)
        {
            Hear(); // Its last words.
            Dispose();
            Ended?.Invoke(this, exitCode);
        }
    }

    private void Misbehave(string what)
    {
        _heard?.Dispose();
        _heard = null;
        Misbehaved?.Invoke(this, what);
        Signal(ChildProcess.Kill);
    }

    private sealed class Handler(KeptProcess process, Action ready) : IReadyHandler
    {
        public void OnReady(EpollEvents events) => ready();

        public void OnFault(Exception fault) => process.Misbehave($"could not be dealt with: {fault}");
    }
}
