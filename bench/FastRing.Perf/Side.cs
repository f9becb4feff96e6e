namespace FastRing.Perf;

/// <summary>Something that is compared with something else.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Read">Runs it once or a few times.</param>
internal sealed record Side(string Name, Func<IEnumerable<Reading>> Read);
