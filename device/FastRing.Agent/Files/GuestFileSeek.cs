namespace FastRing.Agent;

/// <summary>Where a file's next read or write will be (<c>GuestFileSeek</c>).</summary>
/// <param name="Position">Bytes from its beginning.</param>
/// <param name="Eof">Whether the file's end was seen.</param>
public sealed record GuestFileSeek(long Position, bool Eof);
