using FastRing.Workers;

namespace FastRing.Native.Handles;

/// <summary><c>fr_worker</c>. Its lock is taken before that of any of its devices.</summary>
internal sealed class WorkerHandle(Worker worker) : NativeObject
{
    private readonly Lock _lock = new();
    private int _devices;
    private bool _isDestroyed;

    public Worker Worker => worker;

    public override HandleKind Kind => HandleKind.Worker;

    /// <summary>A device is about to live on it.</summary>
    public void AddDevice()
    {
        lock (_lock)
        {
            _devices = !_isDestroyed ? _devices + 1 : throw new AbiException(ErrorCode.Handle, HandleTable.WhyNot(Handle, Kind));
        }
    }

    public void RemoveDevice()
    {
        lock (_lock)
        {
            _devices--;
        }
    }

    public void Destroy()
    {
        lock (_lock)
        {
            if (_devices > 0)
            {
                throw new AbiException(ErrorCode.State, $"the worker has {_devices} devices still");
            }

            HandleTable.Take(this);
            _isDestroyed = true;
            worker.Dispose();
        }
    }
}
