using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Workloads.Ports;

/// <summary>A program on the host that sends back what it reads.</summary>
internal static class PipeEcho
{
    public static async Task RunAsync(IDuplexPipe pipe)
    {
        bool isOver = false;
        while (!isOver)
        {
            ReadResult result = await pipe.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> piece in result.Buffer)
            {
                pipe.Output.Write(piece.Span);
            }

            await pipe.Output.FlushAsync();
            isOver = result.IsCompleted;
            pipe.Input.AdvanceTo(result.Buffer.End);
        }
    }
}
