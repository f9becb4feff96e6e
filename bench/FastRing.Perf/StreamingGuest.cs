using System.Diagnostics;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.Perf;

/// <summary>A guest made of FastRing's own driver that writes to one port, and keeps nothing back.</summary>
internal sealed class StreamingGuest : IDisposable
{
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly FrontendSession _session;
    private readonly ConsoleDriver _driver;
    private readonly DriverPort _port;
    private readonly byte[] _bytes = new byte[32 << 10];

    public StreamingGuest(string socket, string port)
    {
        _session = new FrontendSession(VhostUserFrontend.Connect(socket), memoryBytes: 256UL << 20, Features);
        byte[] config = new byte[ConsoleConfig.SizeBytes];
        _session.Frontend.GetConfig(0, config);
        _driver = new ConsoleDriver(_session, ConsoleConfig.ReadMaxPorts(config), new DriverBuffers { TransmitBytes = _bytes.Length });
        _driver.Start();
        while (_driver.FindPort(port) is not { IsHostOpen: true })
        {
            Wait();
        }

        _port = _driver.FindPort(port)!;
        _port.Open();
    }

    /// <summary>Writes for so long.</summary>
    /// <returns>GB/s.</returns>
    public double Write(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        long written = 0;
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            int count = _port.TryWrite(_bytes);
            written += count;
            if (count == 0)
            {
                Wait();
            }
        }

        return written / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    public void Dispose()
    {
        _driver.Dispose();
        _session.Dispose();
    }

    private void Wait()
    {
        if (!_driver.Wait(s_patience))
        {
            throw new TimeoutException("the device did nothing");
        }

        _driver.Poll();
    }
}
