namespace FastRing.VhostUser.Tests.Models;

/// <summary>What a request comes to.</summary>
/// <param name="IsDone">It was done, and there is no more to say.</param>
/// <param name="Reply">What it is answered with.</param>
internal readonly record struct Answer(bool IsDone, byte[]? Reply = null)
{
    public static Answer Done { get; } = new(true);

    public static Answer No { get; } = new(false);

    public static Answer Malformed { get; } = new(false) { IsMalformed = true };

    /// <summary>It can't be meant.</summary>
    public bool IsMalformed { get; private init; }

    public static Answer With(ulong number) => new(false, RawFrontend.Number(number));
}
