namespace FastRing.Agent;

/// <summary>Whether the guest's file systems are frozen (<c>GuestFsfreezeStatus</c>).</summary>
public enum GuestFsfreezeStatus
{
    /// <summary>They can be written.</summary>
    Thawed,

    /// <summary>Writers wait.</summary>
    Frozen,
}
