using System.Diagnostics.Metrics;

namespace FastRing.Diagnostics;

/// <summary>The objects of one kind whose counters <see cref="FastRingMeter.Meter"/> shows. Any thread.</summary>
/// <typeparam name="T">Their kind.</typeparam>
public sealed class MeteredObjects<T>
    where T : class
{
    private readonly Lock _change = new();
    private volatile T[] _all = [];

    /// <summary>Those there are now.</summary>
    public IReadOnlyList<T> All => _all;

    /// <summary>From now on it is shown.</summary>
    public void Add(T metered)
    {
        lock (_change)
        {
            _all = [.. _all, metered];
        }
    }

    /// <summary>From now on it is not; one that was not shown stays so.</summary>
    public void Remove(T metered)
    {
        lock (_change)
        {
            _all = [.. _all.Where(m => !ReferenceEquals(m, metered))];
        }
    }

    /// <summary>An instrument for something that only grows.</summary>
    /// <param name="name">Lower case, with dots, beginning with <c>fastring.</c>.</param>
    /// <param name="unit">In UCUM: <c>By</c>, <c>s</c>, <c>{buffer}</c>.</param>
    /// <param name="description">A sentence for people.</param>
    /// <param name="read">What there is to tell of one object. Called on listeners' threads.</param>
    public void Counter(string name, string unit, string description, Func<T, IEnumerable<Measurement<long>>> read) =>
        FastRingMeter.Meter.CreateObservableCounter(name, () => All.SelectMany(read), unit, description);

    /// <summary>An instrument for something that comes and goes, and adds up.</summary>
    /// <inheritdoc cref="Counter"/>
    public void UpDownCounter(string name, string unit, string description, Func<T, IEnumerable<Measurement<long>>> read) =>
        FastRingMeter.Meter.CreateObservableUpDownCounter(name, () => All.SelectMany(read), unit, description);

    /// <summary>An instrument for something that means nothing when it is added up, such as a duration.</summary>
    /// <inheritdoc cref="Counter"/>
    public void Gauge(string name, string unit, string description, Func<T, IEnumerable<Measurement<double>>> read) =>
        FastRingMeter.Meter.CreateObservableGauge(name, () => All.SelectMany(read), unit, description);
}
