namespace FastRing.Console.Endpoints;

/// <summary>An endpoint that remembers the last of what its guest wrote.</summary>
public interface IScrollback
{
    /// <summary>What it remembers now. Any thread; the guest is not kept waiting.</summary>
    Scrollback Snapshot();
}
