using System.IO.Pipelines;

namespace FastRing.Workloads.Ports;

/// <summary>A program on the host that reads a pipe to its end, wherever its reads go on.</summary>
internal static class PipeSink
{
    public static async Task RunAsync(PipeReader reader)
    {
        bool isOver = false;
        while (!isOver)
        {
            ReadResult result = await reader.ReadAsync();
            ByteLook.At(result.Buffer);
            isOver = result.IsCompleted;
            reader.AdvanceTo(result.Buffer.End);
        }
    }
}
