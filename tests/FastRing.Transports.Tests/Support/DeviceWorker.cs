using FastRing.Workers;

namespace FastRing.Transports.Tests.Support;

/// <summary>A device's worker, on which a test runs what a VMM would.</summary>
internal sealed class DeviceWorker : IDisposable
{
    private readonly List<Exception> _faults = [];

    public DeviceWorker() => Worker = new Worker("test", _faults.Add);

    public Worker Worker { get; }

    public void Run(Action action) => Worker.InvokeAsync(action).Wait();

    public T Run<T>(Func<T> function)
    {
        T result = default!;
        Run(() => { result = function(); });
        return result;
    }

    public void Dispose()
    {
        Worker.Dispose();
        Assert.Empty(_faults);
    }
}
