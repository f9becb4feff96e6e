using CsCheck;

namespace FastRing.VhostUser.Tests.Models;

/// <summary>One message of a sequence, in small numbers.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="First">What of it.</param>
/// <param name="Second">And what more.</param>
/// <param name="NeedsReply">An acknowledgement is asked for.</param>
/// <param name="Damage">What is wrong with the message; most have nothing.</param>
internal readonly record struct ProtocolStep(int Kind, int First, int Second, bool NeedsReply, int Damage)
{
    public const int Kinds = 32;
    private const int OneDamaged = 150; // Of so many messages, for each kind of damage: a session is to come to something first.

    /// <summary>What a frontend says to have both rings run: protocol features, features, memory, and of each ring size, place, kick descriptor, and that it is enabled.</summary>
    private static readonly ProtocolStep[] s_begin =
        [Good(1, 255, 2), Good(0, 4, 0), Good(2, 6, 2), Good(5, 0, 4), Good(7, 0, 5), Good(9, 0, 0), Good(14, 0, 0), Good(5, 1, 4), Good(7, 1, 5), Good(9, 1, 0), Good(14, 1, 0)];

    /// <summary>Sequences of up to 50: some from nothing, most from a beginning, in part or whole.</summary>
    public static Gen<ProtocolStep[]> Sequences { get; } = Gen.Select(
        Gen.Int[0, 2 * s_begin.Length],
        Gen.Select(Gen.Int[0, Kinds - 1], Gen.Int[0, 255], Gen.Int[0, 255], Gen.Bool, Gen.Int[0, OneDamaged], (kind, a, b, reply, damage) => new ProtocolStep(kind, a, b, reply, damage)).Array[1, 50 - s_begin.Length],
        (begin, steps) => (ProtocolStep[])[.. s_begin[..Math.Min(begin, s_begin.Length)], .. steps]);

    private static ProtocolStep Good(int kind, int first, int second) => new(kind, first, second, NeedsReply: true, Damage: 0);
}
