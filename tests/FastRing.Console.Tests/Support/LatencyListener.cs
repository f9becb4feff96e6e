using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FastRing.Diagnostics;

namespace FastRing.Console.Tests.Support;

/// <summary>Listens to the meter of distributions, as long as it is there.</summary>
internal sealed class LatencyListener : IDisposable
{
    private readonly MeterListener _listener = new();

    public LatencyListener()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == FastRingMeter.LatencyName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) => Seconds.Enqueue((Of(instrument, tags), seconds)));
        _listener.SetMeasurementEventCallback<long>((instrument, buffers, tags, _) => Buffers.Enqueue((Of(instrument, tags), buffers)));
        _listener.Start();
    }

    /// <summary>What it was told, in that order: the instrument's name, and values of the tags.</summary>
    public ConcurrentQueue<(string Of, double Seconds)> Seconds { get; } = new();

    /// <inheritdoc cref="Seconds"/>
    public ConcurrentQueue<(string Of, long Buffers)> Buffers { get; } = new();

    /// <summary>How long a port's buffers took, one direction.</summary>
    public double[] Took(string port, string direction) => [.. Seconds.Where(m => m.Of == $"fastring.port.latency console {port} {direction}").Select(m => m.Seconds)];

    /// <summary>How many of them were given back at a time.</summary>
    public long[] Batches(string port, string direction) => [.. Buffers.Where(m => m.Of == $"fastring.port.batch console {port} {direction}").Select(m => m.Buffers)];

    public void Dispose() => _listener.Dispose();

    private static string Of(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Assert.Equal(["device", "port", "direction"], tags.ToArray().Select(t => t.Key));
        return $"{instrument.Name} {tags[0].Value} {tags[1].Value} {tags[2].Value}";
    }
}
