using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using FastRing.Console.Endpoints.Resumable;

namespace FastRing.Console.Tests.Endpoints.Resumable;

/// <summary>
/// A client that keeps docs/resumable.md by hand, over connections that end after so many bytes. Between them it knows what a client knows: its session, what it received, and
/// what it heard that the guest has.
/// </summary>
internal sealed class RawClient(string path) : IDisposable
{
    public const int Unlimited = int.MaxValue;

    private readonly List<byte> _received = [];
    private HostClient? _connection;
    private int _mayReceive;
    private int _maySend;

    public Guid Session { get; set; }

    /// <summary>What it has of the session it is in.</summary>
    public byte[] Received => [.. _received];

    /// <summary>How far the guest has what it sent, as it heard.</summary>
    public ulong Committed { get; set; }

    public SessionChange Change { get; private set; }

    public SessionFrame Told { get; private set; }

    /// <summary>A hello that says something else than it knows.</summary>
    public (ulong Received, ulong Committed)? Claims { get; set; }

    public ushort Flags { get; set; }

    public HostClient Connection => _connection!;

    /// <summary>A hello as bytes.</summary>
    public static byte[] Hello(Guid session, ulong received, ulong committed, uint window = 256 << 10, ushort version = 1, ushort flags = 0)
    {
        var bytes = new byte[FrameHeader.Bytes + HelloFrame.Bytes];
        new FrameHeader(FrameKind.Hello, HelloFrame.Bytes, received).Write(bytes);
        "FRRS"u8.CopyTo(bytes.AsSpan(16));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(20), version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(22), flags);
        session.TryWriteBytes(bytes.AsSpan(24));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), committed);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(48), window);
        return bytes;
    }

    public static byte[] Frame(FrameKind kind, ulong position, params byte[] payload) => Frame((uint)kind, (uint)payload.Length, position, payload);

    public static byte[] Frame(uint kind, uint length, ulong position, params byte[] payload)
    {
        var bytes = new byte[FrameHeader.Bytes + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, kind);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), position);
        payload.CopyTo(bytes, FrameHeader.Bytes);
        return bytes;
    }

    /// <summary>Connects, says hello and hears which session it is in.</summary>
    /// <exception cref="IOException">The connection was cut, by this side or the other.</exception>
    public void Connect(int maySend = Unlimited, int mayReceive = Unlimited)
    {
        _connection?.Dispose();
        (_maySend, _mayReceive) = (maySend, mayReceive);
        _connection = HostClient.Connect(path);
        Send(Hello(Session, Claims?.Received ?? (ulong)_received.Count, Claims?.Committed ?? Committed, flags: Flags));
        (FrameHeader header, byte[] payload) = ReadFrame();
        Assert.Equal(FrameKind.Session, header.Kind);
        Meet(header, payload);
    }

    /// <summary>Connects and sends something.</summary>
    public void ConnectRaw(byte[] bytes)
    {
        _connection?.Dispose();
        (_maySend, _mayReceive) = (Unlimited, Unlimited);
        _connection = HostClient.Connect(path);
        _connection.Send(bytes);
    }

    /// <summary>It has received this already.</summary>
    public void Has(ReadOnlySpan<byte> bytes)
    {
        _received.Clear();
        _received.AddRange(bytes);
    }

    /// <summary>Has a conversation, which goes on where an earlier connection was cut.</summary>
    public void Converse(byte[] sends, int receives)
    {
        ulong sent = Committed;
        while (sent < (ulong)sends.Length)
        {
            int part = (int)Math.Min(10, (ulong)sends.Length - sent);
            Send(Frame(FrameKind.Data, sent, sends[(int)sent..((int)sent + part)]));
            sent += (ulong)part;
        }

        while (Committed < (ulong)sends.Length || _received.Count < receives)
        {
            HandleNext();
        }
    }

    /// <summary>Reads a frame of the stream and does what it says.</summary>
    public void HandleNext()
    {
        FrameHeader header = ReadHeader();
        switch (header.Kind)
        {
            case FrameKind.Data:
                Assert.Equal((ulong)_received.Count, header.Position);
                for (uint i = 0; i < header.Length; i++)
                {
                    _received.Add(Receive(1)[0]);
                }

                Send(Frame(FrameKind.Acknowledge, (ulong)_received.Count));
                break;
            case FrameKind.Acknowledge:
                Assert.True(header.Position > Committed);
                Committed = header.Position;
                break;
            default:
                Assert.Fail($"a frame of kind {header.Kind}");
                break;
        }
    }

    public void Send(byte[] bytes)
    {
        int part = Math.Min(bytes.Length, _maySend);
        try
        {
            Connection.Send(bytes.AsSpan(0, part));
        }
        catch (SocketException e)
        {
            throw new IOException("the other side has cut it", e);
        }

        _maySend -= _maySend == Unlimited ? 0 : part;
        if (part < bytes.Length)
        {
            throw new IOException("cut");
        }
    }

    public (FrameHeader Header, byte[] Payload) ReadFrame()
    {
        FrameHeader header = ReadHeader();
        return (header, Receive((int)header.Length));
    }

    /// <summary>Reads the frame that turns it away.</summary>
    public (RefusalReason Reason, string Text) ReadRefusal()
    {
        (FrameHeader header, byte[] payload) = ReadFrame();
        Assert.Equal(FrameKind.Refused, header.Kind);
        return ((RefusalReason)header.Position, Encoding.UTF8.GetString(payload));
    }

    /// <summary>The other side closes, whatever it sends before that.</summary>
    public void AssertIsCutOff()
    {
        try
        {
            var bytes = new byte[4096];
            while (Connection.ReceiveSome(bytes) > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            // With something unread.
        }
    }

    public void Leave()
    {
        _connection?.Dispose();
        _connection = null;
    }

    public void Dispose() => Leave();

    private FrameHeader ReadHeader()
    {
        Assert.True(FrameHeader.TryRead(Receive(FrameHeader.Bytes), out FrameHeader header));
        return header;
    }

    private byte[] Receive(int count)
    {
        if (count > _mayReceive)
        {
            Connection.Receive(_mayReceive);
            throw new IOException("cut");
        }

        _mayReceive -= _mayReceive == Unlimited ? 0 : count;
        return Connection.Receive(count);
    }

    private void Meet(FrameHeader header, byte[] payload)
    {
        Told = new SessionFrame(
            new Guid(payload.AsSpan(0, 16)),
            (SessionChange)BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(16)),
            BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(20)),
            BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(24)),
            BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(32)),
            BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(40)));
        Change = Told.Change;
        if (Change != SessionChange.Resumed)
        {
            _received.Clear();
            Session = Told.Session;
        }

        Assert.Equal(Session, Told.Session);
        Assert.Equal((ulong)_received.Count, header.Position);
        Committed = Told.Committed;
    }
}
