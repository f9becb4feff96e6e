using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>A program's connection to a port. Worker thread only.</summary>
internal interface IHostConnection : IDisposable
{
    /// <summary>A read may find something.</summary>
    bool MayHaveInput { get; }

    /// <summary>The other side is gone for good; what it sent before may still be read.</summary>
    bool IsHungUp { get; }

    /// <summary>All that the other side had to send was read. It may be waiting for an answer, or be gone: another that comes takes its place.</summary>
    bool IsLingering { get; }

    /// <summary>Nothing can be read nor written any more.</summary>
    bool HasEnded { get; }

    /// <inheritdoc cref="IHostEndpoint.Write"/>
    nint Write(ReadOnlySpan<IoVector> segments);

    /// <inheritdoc cref="IHostEndpoint.Read"/>
    nint Read(ReadOnlySpan<IoVector> segments);
}
