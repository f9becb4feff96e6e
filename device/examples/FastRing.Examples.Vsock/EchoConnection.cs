namespace FastRing.Examples.Vsock;

/// <summary>
/// A stream of one of the guest's programs, and what of it is still to be sent back. A driver that keeps to the room it was told of (virtio 1.2, 5.10.6.3) never sends more than fits;
/// one that does not loses its connection.
/// </summary>
internal sealed class EchoConnection(VsockHeader request)
{
    public const int RoomBytes = 64 << 10;

    private readonly byte[] _bytes = new byte[RoomBytes];
    private int _first;
    private int _count;
    private uint _sent;
    private uint _itsRoom = request.Room;
    private uint _itsTaken = request.Taken;
    private bool _hasEnded; // Its program sends no more.
    private bool _isShut;   // And has been told the same.

    /// <summary>Takes what a packet says of the other side's buffer, and what it brings.</summary>
    /// <returns>False: there is no room for it, as the driver knew.</returns>
    public bool TryTake(VsockHeader header, ReadOnlySpan<byte> data)
    {
        (_itsRoom, _itsTaken) = (header.Room, header.Taken);
        _hasEnded |= header.Operation == VsockOperation.Shutdown && (header.Flags & 2) != 0;
        if (data.Length > RoomBytes - _count)
        {
            return false;
        }

        foreach (byte value in data)
        {
            _bytes[(_first + _count++) % RoomBytes] = value;
        }

        return true;
    }

    /// <summary>Writes the next packet that is due, with its header.</summary>
    /// <returns>Its bytes; 0: none is.</returns>
    public int Write(Span<byte> packet)
    {
        uint credit = _itsRoom - (_sent - _itsTaken);
        int count = (int)Math.Min((uint)Math.Min(Math.Min(_count, RoomBytes - _first), packet.Length - VsockHeader.SizeBytes), credit > _itsRoom ? 0 : credit);
        bool ends = _count == 0 && _hasEnded && !_isShut;
        if (count <= 0 && !ends)
        {
            return 0;
        }

        _bytes.AsSpan(_first, count).CopyTo(packet[VsockHeader.SizeBytes..]);
        (_first, _count, _sent, _isShut) = ((_first + count) % RoomBytes, _count - count, _sent + (uint)count, ends);
        VsockHeader header = request.Answer(ends ? VsockOperation.Shutdown : VsockOperation.Data) with { Bytes = (uint)count, Flags = ends ? 3U : 0 };
        WithRoom(header).Write(packet);
        return VsockHeader.SizeBytes + count;
    }

    /// <summary>What it sends back it has taken: as many bytes as it has sent.</summary>
    public VsockHeader WithRoom(VsockHeader header) => header with { Room = RoomBytes, Taken = _sent };
}
