using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FastRing.Console.Driver;
using FastRing.Console.Recording;
using FastRing.Console.Spec;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.Host.Recordings;

/// <summary>
/// Does the guest's part of a recording again, with FastRing's own driver, to any vhost-user console device that has the port: sends what the guest sent, opens and closes as it did, and
/// compares what comes back, in the order of the recording.
/// </summary>
internal sealed class Replay : IDisposable
{
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;
    private const int MostDifferences = 20;
    private const int MostAhead = 16 << 20; // Bytes of the device's that may come before their time.

    private readonly FrontendSession _session;
    private readonly ConsoleDriver _driver;
    private readonly TimeSpan _patience;
    private readonly List<string> _differences = [];
    private readonly List<byte> _ahead = [];
    private DriverPort _port = null!;
    private RecordedEvent? _at;
    private long _sent;
    private long _received;
    private bool _isStray; // The device sent something else: where it is cannot be told any more.

    /// <param name="socket">The device's vhost-user socket.</param>
    /// <param name="patience">How long to wait for what the recording says comes.</param>
    public Replay(string socket, TimeSpan patience)
    {
        _patience = patience;
        _session = new FrontendSession(VhostUserFrontend.Connect(socket), memoryBytes: 256UL << 20, Features);
        byte[] config = new byte[ConsoleConfig.SizeBytes];
        _session.Frontend.GetConfig(0, config);
        _driver = new ConsoleDriver(_session, ConsoleConfig.ReadMaxPorts(config));
        _driver.Start();
    }

    /// <param name="recording">The recording.</param>
    /// <param name="port">The port's name at the device.</param>
    /// <param name="isPaced">As slowly as it was recorded; false: as fast as it goes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="TimeoutException">The device has no such port.</exception>
    /// <exception cref="InvalidDataException">The recording has a mistake.</exception>
    public async Task<ReplayReport> RunAsync(RecordingReader recording, string port, bool isPaced, CancellationToken cancellation)
    {
        Begin(recording.Header, port);
        long start = Stopwatch.GetTimestamp();
        long events = 0;
        await foreach (RecordedEvent happened in recording.ReadAsync(cancellation))
        {
            _at = happened;
            if (isPaced)
            {
                WaitUntil(start, happened.Us, cancellation);
            }

            cancellation.ThrowIfCancellationRequested();
            if (!Do(happened))
            {
                break;
            }

            events++;
        }

        Until(() => false, TimeSpan.FromMilliseconds(1)); // What came last.
        _at = null;
        if (_ahead.Count > 0 && !_isStray)
        {
            Differs($"{_ahead.Count} bytes more came than were recorded");
        }

        return new ReplayReport(events, _sent, _received, _differences);
    }

    public void Dispose()
    {
        _driver.Dispose();
        _session.Dispose();
    }

    private void Begin(RecordingHeader header, string port)
    {
        if (!Until(() => _driver.FindPort(port) is not null))
        {
            throw new TimeoutException($"the device has no port '{port}', but {string.Join(", ", _driver.Ports.Select(p => $"'{p.Name}'"))}");
        }

        _port = _driver.FindPort(port)!;
        if (header.IsGuestOpen)
        {
            _port.Open();
        }

        if (header.IsHostOpen)
        {
            ExpectHost(isOpen: true);
        }
    }

    /// <returns>False: the recording can't be followed further.</returns>
    private bool Do(RecordedEvent happened)
    {
        switch (happened)
        {
            case { Lost: { } lost }:
                Differs($"{lost} events are missing in the recording: it is not followed further");
                return false;
            case { Reset: true }:
                Differs("the driver went away: the recording is not followed further");
                return false;
            case { From: RecordedParty.Guest }:
                Send(happened);
                return true;
            case { From: RecordedParty.Host }:
                Expect(happened);
                return true;
            case { From: RecordedParty.Driver, Event: ControlEvent.PortOpen, Value: 0 }:
                _port.Close();
                return true;
            case { From: RecordedParty.Driver, Event: ControlEvent.PortOpen }:
                _port.Open();
                return true;
            case { From: RecordedParty.Device, Event: ControlEvent.PortOpen }:
                ExpectHost(happened.Value != 0);
                return true;
            default:
                return true; // The driver says and hears the rest by itself.
        }
    }

    private void Send(RecordedEvent happened)
    {
        byte[] bytes = happened.Payload ?? new byte[happened.Bytes!.Value];
        int sent = 0;
        bool all = Until(() =>
        {
            sent += _port.TryWrite(bytes.AsSpan(sent));
            return sent == bytes.Length || (happened.Discarded && !_port.IsHostOpen);
        });
        _sent += sent;
        if (!all)
        {
            Differs($"{bytes.Length - sent} of {bytes.Length} bytes were not taken");
        }
    }

    private void Expect(RecordedEvent happened)
    {
        if (_isStray)
        {
            return;
        }

        int count = (int)happened.Bytes!.Value;
        bool came = Until(() => _ahead.Count >= count);
        ReadOnlySpan<byte> seen = CollectionsMarshal.AsSpan(_ahead);
        if (!came)
        {
            _isStray = true;
            Differs($"{seen.Length} bytes came instead of {count}");
        }
        else if (happened.Payload is { } payload && !seen[..count].SequenceEqual(payload))
        {
            _isStray = true;
            Differs($"other bytes came, from byte {seen[..count].CommonPrefixLength(payload)} of {count} on");
        }
        else
        {
            _ahead.RemoveRange(0, count);
        }
    }

    private void ExpectHost(bool isOpen)
    {
        if (!Until(() => _port.IsHostOpen == isOpen))
        {
            Differs($"the host's side is not {(isOpen ? "open" : "closed")}");
        }
    }

    private void Differs(string what)
    {
        if (_differences.Count < MostDifferences)
        {
            _differences.Add(_at is { } at ? string.Create(CultureInfo.InvariantCulture, $"at {at.Us / 1e6:0.000000} s: {what}") : what);
        }
    }

    private void WaitUntil(long start, long us, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && us / 1000.0 - Stopwatch.GetElapsedTime(start).TotalMilliseconds is > 0 and var left)
        {
            Until(() => false, TimeSpan.FromMilliseconds(Math.Min(left, 100)));
        }
    }

    private bool Until(Func<bool> condition) => Until(condition, _patience);

    /// <summary>Lets the device work until something is so, or that takes too long.</summary>
    private bool Until(Func<bool> condition, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            _driver.Poll();
            TakeReceived();
            if (condition())
            {
                return true;
            }

            TimeSpan left = patience - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            _driver.Wait(TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 1, 100)));
        }
    }

    private void TakeReceived()
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (int count; _ahead.Count < MostAhead && (count = _port?.TryRead(buffer) ?? 0) > 0; _received += count)
        {
            _ahead.AddRange(buffer[..count]);
        }
    }
}
