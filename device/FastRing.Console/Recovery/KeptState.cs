namespace FastRing.Console.Recovery;

/// <summary>A state, and when it holds.</summary>
/// <param name="State">Bytes of a <see cref="State.ConsoleState"/>.</param>
/// <param name="Base">Where the queue to the driver is then; null: it does not run, and never did for this driver.</param>
/// <param name="Handled">Control messages of the driver that are in it.</param>
internal sealed record KeptState(byte[] State, uint? Base, ulong Handled)
{
    /// <summary>Which of two it was read from.</summary>
    public int Slot { get; init; }
}
