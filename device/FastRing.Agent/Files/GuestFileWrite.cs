namespace FastRing.Agent;

/// <summary>What became of bytes for a file (<c>GuestFileWrite</c>).</summary>
/// <param name="Count">How many were written.</param>
/// <param name="Eof">Whether the file's end was seen.</param>
public sealed record GuestFileWrite(long Count, bool Eof);
