using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Relay;

/// <summary>A message that one side said, with its descriptors: may be said again, to another.</summary>
/// <param name="header">As it came.</param>
/// <param name="payload">The payload; empty also where the header is one that no payload can follow.</param>
/// <param name="fds">Become the message's.</param>
internal sealed class RelayedMessage(VhostUserHeader header, byte[] payload, params OwnedFd[] fds) : IDisposable
{
    public VhostUserHeader Header { get; } = header;

    public VhostUserRequest Request => (VhostUserRequest)Header.Request;

    public byte[] Payload { get; } = payload;

    public OwnedFd[] Fds { get; } = fds;

    /// <summary>The payload's first number, which many messages have only.</summary>
    public ulong Number => Payload.Length >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(Payload) : 0;

    /// <summary>A request of our own.</summary>
    public static RelayedMessage Of(VhostUserRequest request, params byte[] payload) => new(new VhostUserHeader((uint)request, VhostUserHeader.Version, (uint)payload.Length), payload);

    /// <summary>A request of our own with one number.</summary>
    public static RelayedMessage Of(VhostUserRequest request, ulong number) => Of(request, BitConverter.GetBytes(number));

    /// <summary>Takes a whole message, or the header of one that can't be, and its descriptors.</summary>
    public static RelayedMessage Take(MessageGatherer gatherer, bool isWhole = true)
    {
        ReceivedFds fds = gatherer.Fds;
        return new RelayedMessage(gatherer.Header, isWhole ? gatherer.Payload.ToArray() : [], [.. Enumerable.Range(0, fds.Count).Select(fds.Take)]);
    }

    /// <summary>The same with another payload of that size; the descriptors stay this one's.</summary>
    public RelayedMessage With(ulong number) => new(Header, BitConverter.GetBytes(number));

    /// <summary>Says it.</summary>
    /// <param name="socket">To whom.</param>
    /// <param name="asksReply">Whether it asks for an acknowledgement; null: as it came.</param>
    /// <param name="errno">Why it was not taken.</param>
    /// <returns>All of it was taken; false: nothing was, for <paramref name="errno"/>.</returns>
    public bool TrySend(OwnedFd socket, bool? asksReply, out int errno)
    {
        uint flags = asksReply is { } asks ? (Header.Flags & ~VhostUserHeader.NeedReplyFlag) | (asks ? VhostUserHeader.NeedReplyFlag : 0) : Header.Flags;
        Span<byte> bytes = stackalloc byte[VhostUserHeader.SizeBytes + VhostUserHeader.MaxPayloadBytes];
        bytes = bytes[..(VhostUserHeader.SizeBytes + Payload.Length)];
        (Header with { Flags = flags }).Write(bytes);
        Payload.CopyTo(bytes[VhostUserHeader.SizeBytes..]);
        nint sent = ScmRights.Send(socket, bytes, Fds, waits: false);
        errno = sent < 0 ? (int)-sent : Errno.EPIPE; // One of these is one piece for the kernel; part of it leaves nothing to go on with.
        return sent == bytes.Length;
    }

    public void Dispose() => Array.ForEach(Fds, fd => fd.Dispose());
}
