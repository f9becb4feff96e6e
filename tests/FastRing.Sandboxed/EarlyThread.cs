namespace FastRing.Sandboxed;

/// <summary>A thread that waits for something to do.</summary>
internal sealed class EarlyThread : IDisposable
{
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private Func<string>? _deed;
    private string _result = "";

    public EarlyThread() => new Thread(Wait) { IsBackground = true }.Start();

    public string Run(Func<string> deed)
    {
        _deed = deed;
        _asked.Release();
        _done.Wait();
        return _result;
    }

    public void Dispose()
    {
        _asked.Dispose();
        _done.Dispose();
    }

    private void Wait()
    {
        _asked.Wait();
        _result = _deed!();
        _done.Release();
    }
}
