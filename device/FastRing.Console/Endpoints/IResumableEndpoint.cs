namespace FastRing.Console.Endpoints;

/// <summary>An endpoint whose stream goes on where it was when its process was killed, or its guest moved. Worker thread only.</summary>
public interface IResumableEndpoint : IHostEndpoint
{
    /// <summary>
    /// The session it is in, and where that stands. Its port asks for the id whenever bytes pass, and keeps the positions by itself: another id begins both anew, at 0.
    /// No id: no session, and nothing to go on with.
    /// </summary>
    StreamPositions Session { get; }

    /// <summary>
    /// The port is recovered or loaded: go on with this session, from there. Before <see cref="IHostEndpoint.Start"/> or after it. The guest sees the port as it was, open on the
    /// host's side, whether a client is there yet or not: so <see cref="IHostEndpoint.IsOpen"/> is true from here on, until the session ends.
    /// </summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1716", Justification = "It is the word for it; Visual Basic has its brackets.")]
    void Resume(in StreamPositions positions);
}
