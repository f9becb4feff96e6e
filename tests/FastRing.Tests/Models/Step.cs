namespace FastRing.Tests.Models;

/// <summary>What a step of a schedule does.</summary>
internal enum StepKind
{
    /// <summary>The driver offers chains.</summary>
    Add,

    /// <summary>The driver shows them and decides about a kick.</summary>
    PublishAvailable,

    /// <summary>The driver shows them and leaves the kick open.</summary>
    PublishAvailableQuietly,

    /// <summary>The driver decides about a kick.</summary>
    DecideKick,

    /// <summary>The device takes chains.</summary>
    Pop,

    /// <summary>The device gives the oldest chains back.</summary>
    Complete,

    /// <summary>The device gives any chains back, in any order.</summary>
    CompleteAny,

    /// <summary>The device shows them and decides about a call.</summary>
    PublishUsed,

    /// <summary>The device shows them and leaves the call open.</summary>
    PublishUsedQuietly,

    /// <summary>The device decides about a call.</summary>
    DecideCall,

    /// <summary>The driver takes used buffers.</summary>
    Take,

    /// <summary>The device asks for kicks, and sleeps unless there is work.</summary>
    DeviceSleeps,

    /// <summary>The driver asks for calls, and sleeps unless there are used buffers.</summary>
    DriverSleeps,

    /// <summary>The device asks not to be kicked.</summary>
    DeviceSuppresses,

    /// <summary>The driver asks not to be called.</summary>
    DriverSuppresses,

    /// <summary>The device makes what it holds available again.</summary>
    PutBack,

    /// <summary>The device stops, and another goes on where it stopped.</summary>
    Restart,
}

/// <summary>One step of a schedule.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Amount">How often, or to how many chains, at the most.</param>
/// <param name="Dice">Everything else about it: shapes of chains, lengths, orders.</param>
internal readonly record struct Step(StepKind Kind, int Amount, uint Dice)
{
    public override string ToString() => $"{Kind} {Amount} #{Dice:x}";
}
