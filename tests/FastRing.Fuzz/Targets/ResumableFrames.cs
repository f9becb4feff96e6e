using System.Buffers.Binary;
using FastRing.Console.Endpoints.Resumable;
using FastRing.Fuzz.Consoles;
using FastRing.Interop;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// A client of a resumable port that sends anything, in pieces of any size, while its guest takes some. Oracle: a reader that has all of it at once finds the same frames, the same bytes
/// and the same mistake.
/// </summary>
internal sealed class ResumableFrames : FuzzTarget
{
    private const int MostSteps = 64;

    private static readonly uint[] s_lengths = [0, 1, 16, 39, 40, 41, 4096, 0xffff, 0x1_0000, 0x1_0001, uint.MaxValue, 300, 5, 64, 256, 1000];

    private readonly byte[] _buffer = new byte[1 << 17];
    private readonly List<byte> _sent = [];
    private readonly List<byte> _given = [];
    private readonly List<(uint Kind, uint Length, ulong Position)> _frames = [];
    private InboundBytes _inbound = new();
    private FrameReader _reader = null!;
    private bool _isOver; // The client was turned away: for what it sent, or because there is no room.
    private bool _isFull;
    private ulong _position;

    public override string Name => "resumable";

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        var input = new FuzzInput(bytes);
        (OwnedFd mine, OwnedFd theirs) = UnixSocket.Pair();
        using (mine)
        using (theirs)
        {
            mine.SetNonBlocking();
            theirs.SetNonBlocking();
            Begin(theirs);
            for (int i = 0; i < MostSteps && !input.IsEmpty && !_isOver; i++)
            {
                Step(ref input, mine);
            }
        }

        Give(int.MaxValue);
        Compare();
    }

    private void Begin(OwnedFd socket)
    {
        _reader = new FrameReader(socket);
        _inbound.BeginAt(0);
        _sent.Clear();
        _given.Clear();
        _frames.Clear();
        (_isOver, _isFull, _position) = (false, false, 0);
    }

    private void Step(ref FuzzInput input, OwnedFd socket)
    {
        byte what = input.Byte();
        switch (what & 7)
        {
            case 0:
                Send(socket, input.Bytes(1 + (what >> 3)));
                break;
            case 1:
                Send(socket, Header(3, s_lengths[what >> 4], _position));
                _position += s_lengths[what >> 4];
                break;
            case 2:
                Send(socket, Header(input.Byte(), s_lengths[what >> 4], input.UInt64()));
                break;
            case 3 when (what & 8) != 0:
                SendHello(socket, input.Byte());
                break;
            case 3:
                Send(socket, Header(4 + ((uint)what >> 7), 0, input.UInt64()));
                break;
            case 4:
                Send(socket, Header(1, 40, _position));
                Send(socket, "FRRS\x01\0\0\0"u8);
                Send(socket, input.Bytes(what >> 3));
                break;
            case 5 or 6:
                Span<byte> stream = _buffer.AsSpan(0, Math.Min(_buffer.Length / 2, 1 << (what >> 4)) + (what & 8));
                stream.Fill((byte)_sent.Count);
                Send(socket, stream);
                break;
            default:
                Give(what < 0x80 ? what : what * 512);
                break;
        }
    }

    private static byte[] Header(uint kind, uint length, ulong position)
    {
        byte[] bytes = new byte[FrameHeader.Bytes];
        new FrameHeader((FrameKind)kind, length, position).Write(bytes);
        return bytes;
    }

    /// <summary>One that is right but for its flags.</summary>
    private void SendHello(OwnedFd socket, byte flags)
    {
        Send(socket, Header(1, 40, _position));
        Send(socket, [.. "FRRS\x01\0"u8, flags, 0, .. new byte[24], 0, 0x10, 0, 0, 0, 0, 0, 0]);
    }

    private void Send(OwnedFd socket, ReadOnlySpan<byte> bytes)
    {
        if (!_isOver && !bytes.IsEmpty && socket.Write(bytes) is var sent and > 0)
        {
            _sent.AddRange(bytes[..(int)sent]);
            Read();
        }
    }

    /// <summary>Reads all there is, as an endpoint does.</summary>
    private void Read()
    {
        do
        {
            while (_reader.TryNext(out FrameHeader header, out ReadOnlySpan<byte> payload))
            {
                Handle(header, payload);
            }

            _isOver = _isFull || _reader.Wrong is not null;
        }
        while (!_isOver && _reader.Fill(_inbound));

        Must(!_reader.HasEnded);
    }

    private void Handle(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        _frames.Add(((uint)header.Kind, header.Length, header.Position));
        Reach(header.Kind.ToString());
        if (header.Kind == FrameKind.Hello)
        {
            Refusal? refusal = HelloFrame.TryRead(payload, out _);
            Must((refusal is null) == NaiveFrames.IsHello(payload), "a hello is one, or not");
            Reach(refusal is null ? "hello" : "no hello");
        }
        else if (header.Kind == FrameKind.Data)
        {
            _isFull = !NaiveFrames.HasRoom(_inbound.End - _inbound.Start, header.Length);
        }
    }

    /// <summary>The guest gets some, in two pieces.</summary>
    private void Give(int most)
    {
        int length = (int)Math.Min((ulong)most, _inbound.End - _inbound.Start);
        using var bytes = new PinnedBytes(length + 8);
        int first = (length / 3) + 1; // No piece is empty.
        ulong given = _inbound.CopyTo([bytes.Vector.Slice(0, (nuint)Math.Min(first, length)), bytes.Vector.Slice((nuint)first, (nuint)Math.Max(length - first, 0))]);
        Must(given == (ulong)length);
        _given.AddRange(bytes.Vector.Slice(0, (nuint)length).Span);
    }

    private void Compare()
    {
        var data = new List<byte>();
        List<(uint Kind, uint Length, ulong Position)> expected = NaiveFrames.Read([.. _sent], data, out bool isWrong);
        if (_isFull)
        {
            // What is behind the frame that there was no room for was not looked at.
            expected = expected[.._frames.Count];
            data.RemoveRange(_given.Count, data.Count - _given.Count);
            isWrong = false;
            Reach("window full");
        }

        Must((_reader.Wrong is not null) == isWrong, "the mistake is found");
        Must(_frames.SequenceEqual(expected), "the frames are those that were sent");
        Must(_given.SequenceEqual(data), "the bytes are those that were sent");
        Reach(isWrong ? "wrong" : "right");
    }
}
