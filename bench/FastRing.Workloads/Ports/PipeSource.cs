using System.IO.Pipelines;

namespace FastRing.Workloads.Ports;

/// <summary>A program on the host that writes messages to a pipe for ever, one flush each, as fast as the other side takes them.</summary>
internal static class PipeSource
{
    public static async Task RunAsync(PipeWriter writer, byte[] message)
    {
        bool isOver = false;
        while (!isOver)
        {
            message.CopyTo(writer.GetMemory(message.Length));
            writer.Advance(message.Length);
            isOver = (await writer.FlushAsync()).IsCompleted;
        }
    }
}
