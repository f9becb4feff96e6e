namespace FastRing.Diagnostics;

/// <summary>Something that can tell a person how it is doing.</summary>
public interface IReporter
{
    /// <summary>Its name, as metrics have it.</summary>
    string Device { get; }

    /// <summary>Asks for its reports, one after the other. Any thread: it goes to its own worker for a moment at a time, so that nobody is kept waiting there.</summary>
    /// <returns>Of each the kind and the report as JSON.</returns>
    IAsyncEnumerable<(string Kind, string Json)> ReportAsync();
}
