using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace FastRing.Examples.Vmm;

/// <summary>A program of the host: it says in capitals what the guest says. It knows a pipe and nothing of virtio.</summary>
internal sealed class HostProgram
{
    private readonly List<byte> _said = []; // A real one keeps what the guest may not have got.
    private volatile int _saidBytes;

    public int SaidBytes => _saidBytes;

    /// <summary>Until the pending read is cancelled, or the port is gone. What was read has been answered then.</summary>
    public async Task AnswerAsync(IDuplexPipe port)
    {
        ReadResult read;
        do
        {
            read = await port.Input.ReadAsync();
            await AnswerAsync(port.Input, read, port.Output);
        }
        while (!read.IsCanceled && !read.IsCompleted);
    }

    /// <summary>
    /// Goes on with the pipe of the guest's new monitor. In the old one's are bytes that the guest has said, and bytes that it has not got: the ones are answered, the others said again.
    /// </summary>
    public async Task MoveAsync(IDuplexPipe from, IDuplexPipe to, int bytesToGuest)
    {
        await to.Output.WriteAsync(_said.ToArray().AsMemory(bytesToGuest));
        while (from.Input.TryRead(out ReadResult read) && !read.Buffer.IsEmpty)
        {
            await AnswerAsync(from.Input, read, to.Output);
        }
    }

    private async Task AnswerAsync(PipeReader input, ReadResult read, PipeWriter output)
    {
        byte[] answer = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(read.Buffer.ToArray()).ToUpperInvariant());
        input.AdvanceTo(read.Buffer.End);
        _said.AddRange(answer);
        await output.WriteAsync(answer); // Waits while the pipe is full and the guest takes nothing: back-pressure.
        _saidBytes += answer.Length;
    }
}
