using System.Text;
using FastRing.Interop;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>Why a client is turned away.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Text">For people, and the log.</param>
internal sealed record Refusal(RefusalReason Reason, string Text)
{
    /// <summary>It does not follow the protocol.</summary>
    public static Refusal Malformed(string text) => new(RefusalReason.Malformed, text);

    /// <summary>Tells it, if its socket takes that at once.</summary>
    public void TellOn(OwnedFd socket)
    {
        byte[] frame = [.. new byte[FrameHeader.Bytes], .. Encoding.UTF8.GetBytes(Text)];
        new FrameHeader(FrameKind.Refused, (uint)(frame.Length - FrameHeader.Bytes), (ulong)Reason).Write(frame);
        socket.Write(frame);
    }
}
