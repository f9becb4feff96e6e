using System.IO.Pipes;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Tests.Endpoints;

/// <summary>The pair of descriptors that standard input and output are.</summary>
public sealed class HostStreamTests : IDisposable
{
    private readonly Worker _worker = new("stream", static _ => { });
    private readonly AnonymousPipeServerStream _input = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _output = new(PipeDirection.In);
    private readonly HostStream _stream;
    private readonly List<bool> _left = [];

    public HostStreamTests()
    {
        OwnedFd input = Take(_input);
        OwnedFd output = Take(_output);
        HostStream? stream = null;
        OnWorker(() => stream = new HostStream(_worker, input, output, new Observer(), s => _left.Add(s.HasEnded)));
        _stream = stream!;
    }

    public void Dispose()
    {
        OnWorker(_stream.Dispose);
        _worker.Dispose();
        _input.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void The_end_of_a_piped_input_leaves_the_output_open()
    {
        _input.Write("hello"u8);
        _input.Dispose();
        Rounds();

        Assert.Equal(5, ReadAll());
        Rounds();
        Assert.Empty(_left);
        OnWorker(() => Assert.Equal(0, _stream.Write([])));
    }

    [Fact]
    public void A_piped_output_nobody_reads_any_more_ends_the_stream_when_the_input_ends_too()
    {
        _output.Dispose();
        Rounds();
        Assert.True(_stream.IsHungUp);
        Assert.False(_stream.HasEnded);

        _input.Write("rest"u8);
        _input.Dispose();
        Rounds();
        Assert.Equal(4, ReadAll());
        Assert.True(_stream.HasEnded);
        Assert.Equal([false, true], _left.Distinct());
    }

    private static OwnedFd Take(AnonymousPipeServerStream pipe)
    {
        OwnedFd fd = OwnedFd.DuplicateOf((int)pipe.ClientSafePipeHandle.DangerousGetHandle());
        pipe.DisposeLocalCopyOfClientHandle();
        fd.SetNonBlocking();
        return fd;
    }

    private int ReadAll()
    {
        int all = 0;
        OnWorker(() =>
        {
            using OwnedFd file = MemFd.Create("room", 4096);
            using MappedRegion room = MappedRegion.Map(file, 0, 4096);
            while (_stream.MayHaveInput)
            {
                all += (int)_stream.Read([new IoVector(room.Address, 4096)]);
            }
        });
        return all;
    }

    private void Rounds()
    {
        for (int i = 0; i < 4; i++)
        {
            OnWorker(static () => { });
        }
    }

    private void OnWorker(Action action) => _worker.InvokeAsync(action).GetAwaiter().GetResult();

    private sealed class Observer : IEndpointObserver
    {
        public bool IsConsole => false;

        public bool IsGuestOpen => true;

        public PortSession Session => default;

        public IGuestBuffers Buffers => throw new NotSupportedException();

        public void HostOpenChanged()
        {
        }

        public void InputPossible()
        {
        }

        public void OutputPossible()
        {
        }

        public void ClientAccepted(string who) => Assert.Fail(who);

        public void ClientRefused(string who, string why) => Assert.Fail(why);

        public void Report(string problem) => Assert.Fail(problem);
    }
}
