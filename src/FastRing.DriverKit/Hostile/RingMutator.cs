namespace FastRing.DriverKit;

/// <summary>
/// A driver's second processor: a thread that rewrites the ring at full speed, live descriptors and tables too, until it is disposed. A
/// device that reads a field twice, to check it and to use it, is found out (time of check to time of use).
/// </summary>
public sealed class RingMutator : IDisposable
{
    private const int WritesPerRound = 1000;

    private readonly Thread _thread;
    private long _writes;
    private volatile bool _stop;

    /// <summary>Starts to rewrite.</summary>
    /// <param name="ring">The ring; its memory must outlive the mutator.</param>
    /// <param name="seed">Of the random numbers that say what is written where.</param>
    public RingMutator(HostileRing ring, int seed)
        : this((ring ?? throw new ArgumentNullException(nameof(ring))).Scramble, seed)
    {
    }

    /// <summary>Starts to rewrite what <paramref name="rewrite"/> does, to aim at one field: the fewer there are, the more often it is hit.</summary>
    /// <param name="rewrite">Writes something once.</param>
    /// <param name="seed">Of the random numbers it is given.</param>
    public RingMutator(Action<Random> rewrite, int seed)
    {
        ArgumentNullException.ThrowIfNull(rewrite);
        _thread = new Thread(() => Run(rewrite, new Random(seed))) { Name = "ring-mutator", IsBackground = true };
        _thread.Start();
    }

    /// <summary>How often a field was rewritten so far.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <summary>Stops; nothing is written any more when this returns.</summary>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Run(Action<Random> rewrite, Random random)
    {
        while (!_stop)
        {
            for (int i = 0; i < WritesPerRound; i++)
            {
                rewrite(random);
            }

            Interlocked.Add(ref _writes, WritesPerRound);
        }
    }
}
