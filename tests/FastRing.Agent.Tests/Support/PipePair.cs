using System.IO.Pipelines;

namespace FastRing.Agent.Tests.Support;

/// <summary>The two ends of a connection in memory.</summary>
internal sealed class PipePair
{
    /// <param name="room">Bytes that fit towards the agent before it reads.</param>
    public PipePair(long room = 1 << 20)
    {
        var toAgent = new Pipe(new PipeOptions(pauseWriterThreshold: room, resumeWriterThreshold: room / 2));
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 1 << 16, resumeWriterThreshold: 1 << 15));
        Client = new End(toClient.Reader, toAgent.Writer);
        Agent = new End(toAgent.Reader, toClient.Writer);
    }

    public IDuplexPipe Client { get; }

    public IDuplexPipe Agent { get; }

    private sealed class End(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
