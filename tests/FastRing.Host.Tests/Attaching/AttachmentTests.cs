using System.Net.Sockets;
using System.Text;
using FastRing.Host.Attaching;
using FastRing.Interop;

namespace FastRing.Host.Tests.Attaching;

public sealed class AttachmentTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly EscapeKey Escape = new(0x1D);

    [Fact]
    public async Task Bytes_go_both_ways_until_the_escape_key_and_what_was_typed_before_it_is_sent()
    {
        using var rig = new Rig(isTerminal: true);
        await rig.TypeAsync("ls\r");
        Assert.Equal("ls\r", await rig.PortReadAsync(3));
        await rig.PortWriteAsync("a b\r\n");
        await rig.OutputAsync("a b\r\n");
        await rig.TypeAsync("x\u001dy");

        Assert.Equal(AttachEnd.Left, await rig.Run);
        rig.Leave();
        Assert.Equal("x", await rig.PortReadAsync(100));
    }

    [Fact]
    public async Task It_ends_when_the_other_side_does_with_everything_that_was_said()
    {
        using var rig = new Rig(isTerminal: true);
        await rig.PortWriteAsync("bye");
        rig.Port.Shutdown(SocketShutdown.Send);

        Assert.Equal(AttachEnd.PortEnded, await rig.Run);
        Assert.Equal("bye", rig.Output);
    }

    [Fact]
    public async Task Input_that_ends_is_told_and_the_rest_is_waited_for()
    {
        using var rig = new Rig(isTerminal: false);
        await rig.TypeAsync("request\u001d");
        rig.EndInput();
        Assert.Equal("request\u001d", await rig.PortReadAsync(100));
        await rig.PortWriteAsync("reply");
        rig.Port.Shutdown(SocketShutdown.Send);

        Assert.Equal(AttachEnd.PortEnded, await rig.Run);
        Assert.Equal("reply", rig.Output);
    }

    [Fact]
    public async Task After_the_input_ended_a_quiet_port_is_left_when_that_was_asked_for()
    {
        using var rig = new Rig(isTerminal: false, linger: TimeSpan.FromMilliseconds(200));
        await rig.PortWriteAsync("before");
        await rig.OutputAsync("before");
        rig.EndInput();
        Assert.Equal(AttachEnd.PortEnded, await rig.Run);
    }

    [Fact]
    public async Task A_guest_that_takes_nothing_does_not_keep_the_user_from_leaving()
    {
        using var rig = new Rig(isTerminal: true, leaving: TimeSpan.FromMilliseconds(100));
        await rig.TypeAsync(new string('x', 4 << 20)); // More than sockets and buffers hold: nobody reads them.
        await rig.TypeAsync("\u001d");
        Assert.Equal(AttachEnd.LeftUntaken, await rig.Run);
    }

    [Fact]
    public async Task What_was_typed_before_the_escape_key_is_waited_for_while_the_guest_takes_it()
    {
        const int Bytes = 240_000; // More than this socket holds, less than the buffer does.
        using var rig = new Rig(isTerminal: true);
        await rig.TypeAsync(new string('x', Bytes));
        await rig.TypeAsync("\u001d");
        await rig.Left;
        Task<string> taken = rig.PortReadAsync(Bytes + 1);
        Assert.Equal(AttachEnd.Left, await rig.Run);
        rig.Leave();
        Assert.Equal(Bytes, (await taken).Length);
    }

    [Fact]
    public async Task Input_of_a_program_waits_for_the_guest_and_none_of_it_is_lost()
    {
        const int Bytes = 4 << 20;
        using var rig = new Rig(isTerminal: false);
        Task typing = rig.TypeAsync(new string('x', Bytes)).ContinueWith(_ => rig.EndInput(), TaskScheduler.Default);
        Assert.Equal(Bytes, (await rig.PortReadAsync(Bytes + 1)).Length);
        await typing;
        rig.Port.Shutdown(SocketShutdown.Send);
        Assert.Equal(AttachEnd.PortEnded, await rig.Run);
    }

    [Fact]
    public async Task Who_only_reads_sends_nothing_and_may_leave()
    {
        using var rig = new Rig(isTerminal: true, sends: false);
        await rig.PortWriteAsync("seen");
        await rig.OutputAsync("seen");
        await rig.TypeAsync("rm -rf /\r\u001d");
        Assert.Equal(AttachEnd.Left, await rig.Run);
        rig.Leave();
        Assert.Equal("", await rig.PortReadAsync(100));
    }

    [Fact]
    public async Task A_signal_ends_it()
    {
        using var rig = new Rig(isTerminal: true);
        await rig.Signal.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Run);
    }

    [Fact]
    public async Task Output_that_nobody_reads_is_an_error_of_ours()
    {
        using var rig = new Rig(isTerminal: false, output: new ClosedOutput());
        await rig.PortWriteAsync("x");
        await Assert.ThrowsAsync<IOException>(() => rig.Run);
    }

    /// <summary>An attachment between two sockets: what is typed goes into one, the guest's side is the other.</summary>
    private sealed class Rig : IDisposable
    {
        private const int SocketBytes = 16 << 10;

        private readonly NetworkStream _typist;
        private readonly NetworkStream _input;
        private readonly NetworkStream _ours;
        private readonly MemoryStream _output = new();

        public Rig(bool isTerminal, bool sends = true, TimeSpan? linger = null, TimeSpan? leaving = null, Stream? output = null)
        {
            (_typist, _input) = Pair();
            (NetworkStream port, _ours) = Pair();
            Port = port.Socket;
            _ours.Socket.SendBufferSize = SocketBytes;
            var typed = new TypedInput(_input, isTerminal, isTerminal ? Escape : null);
            Task<AttachEnd> run = new Attachment(_ours, output ?? Stream.Synchronized(_output), linger) { Leaving = leaving ?? Patience }
                .RunAsync(typed, sends, () => _ours.Socket.Shutdown(SocketShutdown.Send), Signal.Token);
            Run = run.WaitAsync(Patience);
            Left = typed.Left.WaitAsync(Patience);
        }

        public Socket Port { get; }

        public CancellationTokenSource Signal { get; } = new();

        public Task<AttachEnd> Run { get; }

        /// <summary>The escape key was seen.</summary>
        public Task Left { get; }

        public string Output => Encoding.UTF8.GetString(_output.ToArray());

        public Task TypeAsync(string text) => _typist.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Patience);

        public void EndInput() => _typist.Socket.Shutdown(SocketShutdown.Send);

        /// <summary>As the program does when it ends.</summary>
        public void Leave() => _ours.Dispose();

        public async Task PortWriteAsync(string text) => await Port.SendAsync(Encoding.UTF8.GetBytes(text));

        /// <summary>What comes, until there is so much or an end.</summary>
        public async Task<string> PortReadAsync(int most)
        {
            byte[] bytes = new byte[most];
            int count = 0;
            while (count < most && await Port.ReceiveAsync(bytes.AsMemory(count)).AsTask().WaitAsync(Patience) is > 0 and var read)
            {
                count += read;
            }

            return Encoding.UTF8.GetString(bytes, 0, count);
        }

        public async Task OutputAsync(string expected)
        {
            for (long start = Environment.TickCount64; Output != expected; await Task.Delay(1))
            {
                Assert.True(Environment.TickCount64 - start < Patience.TotalMilliseconds, $"it said {Output}");
            }
        }

        public void Dispose()
        {
            Port.Dispose();
            _typist.Dispose();
            _input.Dispose();
            _ours.Dispose();
            Signal.Dispose();
        }

        private static (NetworkStream First, NetworkStream Second) Pair()
        {
            (OwnedFd first, OwnedFd second) = UnixSocket.Pair();
            return (Own(first), Own(second));
        }

        private static NetworkStream Own(OwnedFd fd)
        {
            var socket = new Socket(new SafeSocketHandle(fd.Fd, ownsHandle: true));
            fd.SetHandleAsInvalid();
            return new NetworkStream(socket, ownsSocket: true);
        }
    }

    private sealed class ClosedOutput : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("nobody reads");
    }
}
