namespace FastRing.VhostUser.Tests.Models;

/// <summary>What comes back for a message.</summary>
/// <param name="Reply">The bytes; none: nothing.</param>
/// <param name="IsClosed">The connection ends.</param>
internal readonly record struct Prediction(byte[] Reply, bool IsClosed)
{
    public static Prediction Closed { get; } = new([], true);

    public override string ToString() => IsClosed ? "an end" : $"[{Convert.ToHexString(Reply)}]";
}
