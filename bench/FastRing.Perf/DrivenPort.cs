using System.Diagnostics;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using HdrHistogram;

namespace FastRing.Perf;

/// <summary>A guest made of FastRing's own driver, and one port of it.</summary>
internal sealed class DrivenPort : IDisposable
{
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly FrontendSession _session;
    private readonly ConsoleDriver _driver;
    private readonly DriverPort _port;
    private readonly byte[] _message = new byte[64];
    private readonly byte[] _block = new byte[32 << 10];

    /// <param name="socket">The guest's vhost-user socket.</param>
    /// <param name="port">The port's name.</param>
    public DrivenPort(string socket, string port)
    {
        _session = new FrontendSession(VhostUserFrontend.Connect(socket), memoryBytes: 256UL << 20, Features);
        byte[] config = new byte[ConsoleConfig.SizeBytes];
        _session.Frontend.GetConfig(0, config);
        _driver = new ConsoleDriver(_session, ConsoleConfig.ReadMaxPorts(config), new DriverBuffers { TransmitBytes = _block.Length });
        _driver.Start();
        while (_driver.FindPort(port) is not { IsHostOpen: true })
        {
            Wait();
        }

        _port = _driver.FindPort(port)!;
        _port.Open();
    }

    /// <summary>Writes for so long, and keeps nothing back.</summary>
    /// <returns>GB/s.</returns>
    public double Write(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        long written = 0;
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            int count = _port.TryWrite(_block);
            written += count;
            if (count == 0)
            {
                Wait();
            }
        }

        return written / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    /// <summary>Sends messages for so long, each when the one before is back: of a port that sends back what comes.</summary>
    /// <returns>How long each took, in nanoseconds.</returns>
    public LongHistogram RoundTrips(TimeSpan time)
    {
        LongHistogram times = PercentileCurve.Times();
        long start = Stopwatch.GetTimestamp();
        for (long sent = start; Stopwatch.GetElapsedTime(start) < time; sent = Stopwatch.GetTimestamp())
        {
            RoundTrip();
            times.RecordValue((long)Stopwatch.GetElapsedTime(sent).TotalNanoseconds);
        }

        return times;
    }

    public void Dispose()
    {
        _driver.Dispose();
        _session.Dispose();
    }

    private void RoundTrip()
    {
        Random.Shared.NextBytes(_message);
        if (_port.TryWrite(_message) != _message.Length)
        {
            throw new InvalidOperationException("the port's ring is full");
        }

        Span<byte> back = stackalloc byte[_message.Length];
        for (int got = 0; got < back.Length;)
        {
            int count = _port.TryRead(back[got..]);
            got += count;
            if (count == 0)
            {
                Wait();
            }
        }

        if (!back.SequenceEqual(_message))
        {
            throw new InvalidDataException("bytes came back as others");
        }
    }

    private void Wait()
    {
        if (!_driver.Wait(s_patience))
        {
            throw new TimeoutException("the device does nothing any more");
        }

        _driver.Poll();
    }
}
