using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Tests.Support;

/// <summary>An endpoint that does as it is told. Its members are the worker's; change them there.</summary>
internal sealed class TestEndpoint : IHostEndpoint
{
    private readonly Queue<byte> _input = new();
    private bool _isOpen = true;

    public IEndpointObserver Observer { get; private set; } = null!;

    public bool IsOpen
    {
        get
        {
            Looks++;
            OnIsOpen?.Invoke();
            return _isOpen;
        }

        private set => _isOpen = value;
    }

    /// <summary>Called when anybody asks whether it is open.</summary>
    public Action? OnIsOpen { get; set; }

    /// <summary>Times anybody asked whether it is open, as each turn of its port does.</summary>
    public long Looks { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Bytes it takes before it blocks.</summary>
    public long Room { get; set; } = long.MaxValue;

    public bool KeepsBytes { get; set; } = true;

    public List<byte> Taken { get; } = [];

    public long TakenBytes { get; private set; }

    public int Writes { get; private set; }

    public int Reads { get; private set; }

    public List<bool> GuestOpens { get; } = [];

    /// <summary>Called with the bytes of each write.</summary>
    public Action<long>? OnWrite { get; set; }

    /// <summary>Called when it starts.</summary>
    public Action? OnStart { get; set; }

    /// <summary>Called when the guest opens or closes the port.</summary>
    public Action<bool>? OnGuestOpen { get; set; }

    /// <summary>Called when guest memory it works on in place is gone.</summary>
    public Action? OnBuffersGone { get; set; }

    public bool MayHaveInput => _input.Count > 0;

    public void Start(Worker worker, IEndpointObserver observer)
    {
        Observer = observer;
        OnStart?.Invoke();
    }

    public void GuestBuffersGone() => OnBuffersGone?.Invoke();

    public void SetOpen(bool open)
    {
        IsOpen = open;
        Observer.HostOpenChanged();
    }

    public void Supply(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            _input.Enqueue(b);
        }

        Observer.InputPossible();
    }

    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        Writes++;
        long taken = 0;
        foreach (IoVector segment in segments)
        {
            var length = (nuint)Math.Min(Room, (long)segment.Length);
            if (KeepsBytes)
            {
                Taken.AddRange(segment.Slice(0, length).Span);
            }

            Room -= (long)length;
            taken += (long)length;
        }

        TakenBytes += taken;
        OnWrite?.Invoke(taken);
        return (nint)taken;
    }

    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        Reads++;
        nint given = 0;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min((nuint)_input.Count, segment.Length);
            foreach (ref byte b in segment.Slice(0, (nuint)length).Span)
            {
                b = _input.Dequeue();
            }

            given += length;
        }

        return given;
    }

    public void GuestOpenChanged(bool open)
    {
        GuestOpens.Add(open);
        OnGuestOpen?.Invoke(open);
    }

    public void Dispose() => IsDisposed = true;
}
