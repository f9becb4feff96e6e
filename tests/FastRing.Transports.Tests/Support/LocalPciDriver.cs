using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Transports.Pci;
using FastRing.VhostUser.Frontend;

namespace FastRing.Transports.Tests.Support;

/// <summary>A driver of a virtio-pci function in this process, which keeps its MSI-X table itself.</summary>
internal sealed class LocalPciDriver : PciDriver, IPciInterrupts
{
    private readonly DeviceWorker _worker;
    private readonly Dictionary<ulong, EventFd?> _calls = []; // By message address.

    public LocalPciDriver(DeviceWorker worker, IVirtioDevice device)
        : base(worker.Worker, new DriverMemory(8 << 20, new GuestAddress(0x10_0000)))
    {
        _worker = worker;
        Pci = worker.Run(() => new VirtioPci(worker.Worker, device, this) { Memory = Memory });
    }

    public VirtioPci Pci { get; }

    public bool IsAsserted { get; private set; }

    /// <summary>The driver deals with INTx at once; false: it leaves it.</summary>
    public bool TakesInterrupts { get; set; } = true;

    /// <summary>Messages that came, by vector.</summary>
    public Dictionary<int, int> Messages { get; } = [];

    public override void ReadRegion(int region, ulong offset, Span<byte> destination)
    {
        byte[] bytes = new byte[destination.Length];
        _worker.Run(() => ReadHere(region, offset, bytes));
        bytes.CopyTo(destination);
    }

    public override void WriteRegion(int region, ulong offset, ReadOnlySpan<byte> source)
    {
        byte[] bytes = source.ToArray();
        _worker.Run(() => WriteHere(region, offset, bytes));
    }

    public override void ConnectVector(int vector, EventFd? call)
    {
        ulong address = 0xfee0_0000 + ((ulong)vector << 32);
        ulong entry = (ulong)vector * 16;
        _worker.Run(() => _calls[address] = call);
        int bar = (int)Read(Config, (ulong)Msix + 4, 4) & 7;
        Write(bar, entry, 4, (uint)address);
        Write(bar, entry + 4, 4, (uint)(address >> 32));
        Write(bar, entry + 8, 4, (uint)vector);
        Write(bar, entry + 12, 4, 0);
    }

    public void SendMessage(int vector, ulong address, uint data)
    {
        Assert.Equal((uint)vector, data);
        Messages[vector] = Messages.GetValueOrDefault(vector) + 1;
        _calls[address]?.Signal();
    }

    public void SetLine(bool asserted)
    {
        IsAsserted = asserted;
        if (asserted && TakesInterrupts)
        {
            byte[] isr = new byte[1];
            ReadHere(Structure(3).Bar, Structure(3).Offset, isr);
            foreach (DriverQueue queue in Queues)
            {
                queue.Call.Signal();
            }
        }
    }

    public override void Dispose()
    {
        _worker.Run(Pci.Dispose);
        base.Dispose();
    }

    protected override void Notify(int queue) // On the worker's thread already.
    {
        (int region, ulong offset) = Doorbell(queue);
        WriteHere(region, offset, (Features & Spec.VirtioFeatures.NotificationData) != 0 ? [(byte)queue, 0, 0xcd, 0xab] : [(byte)queue, 0]);
    }

    private void ReadHere(int region, ulong offset, Span<byte> destination)
    {
        if (region == Config)
        {
            Pci.ReadConfig(offset, destination);
        }
        else
        {
            Pci.ReadBar(region, offset, destination);
        }
    }

    private void WriteHere(int region, ulong offset, ReadOnlySpan<byte> source)
    {
        if (region == Config)
        {
            Pci.WriteConfig(offset, source);
        }
        else
        {
            Pci.WriteBar(region, offset, source);
        }
    }
}
