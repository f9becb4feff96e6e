namespace FastRing.Host.Doctor;

/// <summary>What there is to say of one thing that was looked at.</summary>
/// <param name="Check">What was looked at: one word, for programs.</param>
/// <param name="State">What it came to.</param>
/// <param name="Seen">What is there.</param>
/// <param name="Why">What that does to FastRing; null: nothing.</param>
/// <param name="Change">What to do about it; null: nothing.</param>
internal sealed record Finding(string Check, FindingState State, string Seen, string? Why = null, string? Change = null)
{
    /// <summary>There is something to change.</summary>
    public bool IsWrong => State is not (FindingState.Ok or FindingState.NotKnown);

    public static Finding Ok(string check, string seen) => new(check, FindingState.Ok, seen);

    public static Finding NotKnown(string check, string seen) => new(check, FindingState.NotKnown, seen);
}
