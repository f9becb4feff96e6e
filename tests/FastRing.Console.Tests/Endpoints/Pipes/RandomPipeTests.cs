using System.Buffers;
using System.IO.Pipelines;
using CsCheck;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Spec;

#pragma warning disable xUnit1051 // The deadline is the harness'.

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>Streams both ways at once, cut up at random, while queues stop and start: every byte arrives once and in its place.</summary>
public sealed class RandomPipeTests
{
    private const int Cases = 40;
    private const int Bytes = 30_000;

    private static readonly PipeEndpointOptions s_options = new() { BufferLimit = PipeSubject.Limit };

    [Fact]
    public Task The_frameworks_pipe() => SampleAsync(static () => new FrameworkPipe());

    [Fact]
    public Task A_private_pipe() => SampleAsync(static () => PortPipe.Copying(s_options));

    [Fact]
    public Task A_pipe_in_place_on_split_rings() => SampleAsync(static () => PortPipe.InPlace(s_options, ~VirtioFeatures.RingPacked));

    [Fact]
    public Task A_pipe_in_place_on_packed_rings() => SampleAsync(static () => PortPipe.InPlace(s_options, ~0UL));

    private static Task SampleAsync(Func<PipeSubject> create) => Gen.Int.SampleAsync(
        async seed =>
        {
            using PipeSubject pipe = create();
            var run = new Run(pipe, new Random(seed));
            await pipe.RunAsync(run.ToTheEndAsync);
        },
        iter: Cases,
        threads: 1);

    private sealed class Run(PipeSubject pipe, Random random)
    {
        private int _sent;
        private int _read;
        private int _written;
        private int _received;
        private Task<FlushResult>? _flush;

        public async Task ToTheEndAsync()
        {
            while (_read < Bytes || _received < Bytes)
            {
                await StepAsync();
            }

            await pipe.SettleAsync();
            Assert.False(pipe.Input.TryRead(out ReadResult _));
            Assert.Equal(0, pipe.ReceiveNow(new byte[1]));
        }

        private async Task StepAsync()
        {
            switch (random.Next(7))
            {
                case 0:
                    _sent += pipe.SendNow(Pattern.Bytes(_sent, Math.Min(Some(3000), Bytes - _sent)));
                    break;
                case 1:
                    Receive();
                    break;
                case 2:
                    Read();
                    break;
                case 3:
                    Write();
                    break;
                case 4:
                    Flush();
                    break;
                case 5:
                    await Task.Yield();
                    break;
                default:
                    await StopAndStartAsync();
                    break;
            }
        }

        private int Some(int most) => random.Next(4) == 0 ? random.Next(8) : random.Next(most);

        private void Receive()
        {
            var bytes = new byte[Some(2000)];
            int received = pipe.ReceiveNow(bytes);
            Pattern.AssertIs(bytes.AsSpan(0, received), _received);
            _received += received;
        }

        private void Read()
        {
            if (!pipe.Input.TryRead(out ReadResult result))
            {
                return;
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            Pattern.AssertIs(buffer.ToArray(), _read);

            // Towards the end everything: the other side may have no more to send.
            bool all = buffer.Length > PipeSubject.Limit / 2 || _read + buffer.Length == Bytes;
            int consumed = all ? (int)buffer.Length : random.Next((int)buffer.Length + 1);
            int examined = random.Next(consumed, (int)buffer.Length + 1);
            pipe.Input.AdvanceTo(buffer.GetPosition(consumed), buffer.GetPosition(examined));
            _read += consumed;
        }

        private void Write()
        {
            if (_flush is { IsCompleted: false } || _written == Bytes)
            {
                return;
            }

            Memory<byte> memory = pipe.Output.GetMemory(Some(1200));
            int bytes = Math.Min(random.Next(memory.Length + 1), Bytes - _written);
            Pattern.Fill(memory.Span[..bytes], _written);
            int first = random.Next(bytes + 1);
            pipe.Output.Advance(first);
            pipe.Output.Advance(bytes - first);
            _written += bytes;
        }

        private void Flush()
        {
            if (_flush is not { IsCompleted: false })
            {
                _flush = pipe.Output.FlushAsync().AsTask();
            }
        }

        private async Task StopAndStartAsync()
        {
            if (pipe is PortPipe port && random.Next(10) == 0)
            {
                int queue = random.Next(4, 6);
                await Task.Run(() => port.Console.Transport.Stop(queue));
                Write();
                Read();
                await Task.Run(() => port.Console.Transport.Restart(queue));
            }
        }
    }
}
