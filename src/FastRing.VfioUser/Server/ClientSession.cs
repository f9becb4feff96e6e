using FastRing.Transports;
using FastRing.Transports.Pci;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Diagnostics;

namespace FastRing.VfioUser.Server;

/// <summary>What one client has said, and its PCI function. Ends with its connection, and the device is reset.</summary>
internal sealed class ClientSession : IDisposable
{
    private readonly VfioUserServer _server;
    private readonly VirtioPci _function;

    public ClientSession(VfioUserServer server)
    {
        _server = server;
        Interrupts = new ClientInterrupts(server.Counters);
        Dma = new DmaTable(server.MaxMappedBytes, server.MemorySeals);
        _function = new VirtioPci(server.Worker, server.Device, Interrupts, new TransportOptions
        {
            Name = server.Name,
            Coalescing = server.Coalescing,
            LookDelay = server.LookDelay,
            NeedsReset = Broke,
        });
        Interrupts.Attach(_function);
        server.ApplyCoalescing(_function);
        server.Worker.Quiet += ReleaseResident;
    }

    public DmaTable Dma { get; }

    public ClientInterrupts Interrupts { get; }

    public VirtioPci Function => _function;

    public ServerLog Log => _server.Log;

    /// <summary>The client has said which version it speaks, which comes before everything else.</summary>
    public bool HasVersion { get; set; }

    /// <summary>The last command may have stopped all queues and started them again, which takes its time.</summary>
    public bool StopsQueues { get; set; }

    public bool IsMemoryLost => Dma.Current is { IsLost: true };

    /// <summary>How large a region is; 0: there is none.</summary>
    public int RegionBytes(uint region) => region switch
    {
        < VirtioPci.BarCount => _function.BarBytes((int)region),
        PciRegion.Config => VirtioPci.ConfigBytes,
        _ => 0,
    };

    public void Read(uint region, ulong offset, Span<byte> destination)
    {
        if (region == PciRegion.Config)
        {
            _function.ReadConfig(offset, destination);
        }
        else
        {
            _function.ReadBar((int)region, offset, destination);
        }
    }

    public void Write(uint region, ulong offset, ReadOnlySpan<byte> source)
    {
        if (region == PciRegion.Config)
        {
            StopsQueues = true; // Whether the function may use memory is there.
            _function.WriteConfig(offset, source);
        }
        else
        {
            _function.WriteBar((int)region, offset, source);
        }
    }

    /// <summary>Looks at those of some rings that the driver has enabled.</summary>
    /// <returns>True when there are rings behind them.</returns>
    public bool Look(int first, int count, List<RingReport> reports)
    {
        ReadOnlySpan<TransportQueue> queues = _function.Registers.Queues;
        int end = Math.Min(first + count, queues.Length);
        foreach (TransportQueue queue in queues[first..end])
        {
            if (queue.IsEnabled)
            {
                reports.Add(Report(queue));
            }
        }

        return end < queues.Length;
    }

    /// <summary>Queues are stopped while the map changes; those whose areas are still there go on where they were.</summary>
    public void ChangeMemory(Action change)
    {
        StopsQueues = true;
        _function.Registers.ChangeMemory(() =>
        {
            change();
            return Dma.Current;
        });
    }

    public void Reset()
    {
        StopsQueues = true;
        _function.Reset();
        Interrupts.Resume();
    }

    /// <summary>Stops and closes everything, whatever the device says to it.</summary>
    public void Dispose()
    {
        _server.Worker.Quiet -= ReleaseResident;
        try
        {
            _function.Dispose();
        }
        catch (Exception e)
        {
            _server.Fault(e);
        }

        Interrupts.Dispose();
        Dma.Dispose();
    }

    private static RingReport Report(TransportQueue queue)
    {
        VringState state = queue.IsBroken ? VringState.Broken : queue.Running is null ? VringState.Stopped : VringState.Started;
        return RingReport.Of(queue.Index, state, queue.IsEnabled, queue.Error, queue.Running);
    }

    private void ReleaseResident() => Dma.Current?.ReleaseResident();

    private void Broke(string why)
    {
        _server.Counters.BrokenQueues++;
        Log.NeedsReset(why);
    }
}
