using FastRing.Interop;
using FastRing.Transports.Pci;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;

namespace FastRing.VfioUser.Server;

/// <summary>The descriptors a client wants its interrupts on. A vector without one is masked: what comes meanwhile waits.</summary>
internal sealed class ClientInterrupts(BackendCounters counters) : IPciInterrupts, IDisposable
{
    private EventFd?[] _vectors = [];
    private EventFd? _intx;
    private bool _isAsserted;
    private bool _isIntxMasked;
    private VirtioPci? _function;

    public void Attach(VirtioPci function)
    {
        _function = function;
        _vectors = new EventFd?[function.VectorCount];
    }

    /// <summary>Interrupts of a kind.</summary>
    public uint Count(uint index) => index switch
    {
        PciIrq.Intx => 1,
        PciIrq.Msix => (uint)_vectors.Length,
        _ => 0,
    };

    public void SendMessage(int vector, ulong address, uint data) => Signal(_vectors[vector]);

    public void SetLine(bool asserted)
    {
        _isAsserted = asserted;
        SignalIntx();
    }

    /// <summary>Replaces the descriptor of one interrupt; null: there is none.</summary>
    public void Set(uint index, uint number, EventFd? descriptor)
    {
        ref EventFd? place = ref index == PciIrq.Intx ? ref _intx : ref _vectors[number];
        place?.Dispose();
        place = descriptor;
        if (index == PciIrq.Intx)
        {
            _isIntxMasked = false;
            SignalIntx();
        }
        else
        {
            _function!.SetVectorMasked((int)number, masked: descriptor is null);
        }
    }

    /// <summary>The client has one happen.</summary>
    public void Trigger(uint index, uint number) => Signal(index == PciIrq.Intx ? _intx : _vectors[number]);

    public void SetIntxMasked(bool masked)
    {
        _isIntxMasked = masked;
        SignalIntx();
    }

    /// <summary>The function was reset, which masks its vectors; the client's descriptors stay.</summary>
    public void Resume()
    {
        for (int vector = 0; vector < _vectors.Length; vector++)
        {
            _function!.SetVectorMasked(vector, masked: _vectors[vector] is null);
        }
    }

    public void Dispose()
    {
        _intx?.Dispose();
        Array.ForEach(_vectors, static v => v?.Dispose());
        _intx = null;
        _vectors.AsSpan().Clear();
    }

    /// <summary>A level is told once, and again if it is still there when the client has unmasked it (linux/vfio.h, <c>VFIO_IRQ_INFO_AUTOMASKED</c>).</summary>
    private void SignalIntx()
    {
        if (_isAsserted && !_isIntxMasked && _intx is not null)
        {
            _isIntxMasked = true;
            Signal(_intx);
        }
    }

    private void Signal(EventFd? descriptor)
    {
        if (descriptor is not null)
        {
            descriptor.Signal();
            counters.Notifications++;
        }
    }
}
