using FastRing.Interop;

namespace FastRing.Workloads;

/// <summary>The other side of a workload: a thread on a processor of its own that does a number of messages each time it is told to.</summary>
internal sealed class PinnedThread : IDisposable
{
    private readonly Barrier _barrier = new(2);
    private readonly Thread _thread;
    private int _messages;

    /// <param name="cpu">The processor.</param>
    /// <param name="prepare">Called once on the thread, before its first messages; returns what does them.</param>
    public PinnedThread(int cpu, Func<Action<int>> prepare)
    {
        _thread = new Thread(() => Run(cpu, prepare));
        _thread.Start();
    }

    /// <summary>Managed memory that the last messages allocated on the thread. Valid when they are done.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Lets the thread begin, at the same moment as the caller goes on.</summary>
    public void Begin(int messages)
    {
        _messages = messages;
        _barrier.SignalAndWait();
    }

    /// <summary>Waits until the thread is done with what it was told.</summary>
    public void End() => _barrier.SignalAndWait();

    public void Dispose()
    {
        Begin(0);
        _thread.Join();
        _barrier.Dispose();
    }

    private void Run(int cpu, Func<Action<int>> prepare)
    {
        CpuAffinity.Set(cpu);
        Action<int>? work = null;
        while (true)
        {
            _barrier.SignalAndWait();
            if (_messages == 0)
            {
                return;
            }

            work ??= prepare();
            long before = GC.GetAllocatedBytesForCurrentThread();
            work(_messages);
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
            _barrier.SignalAndWait();
        }
    }
}
