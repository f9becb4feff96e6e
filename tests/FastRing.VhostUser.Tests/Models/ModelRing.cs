namespace FastRing.VhostUser.Tests.Models;

/// <summary>A ring, as the frontend of the model knows it.</summary>
internal sealed class ModelRing
{
    public uint Size { get; set; }

    /// <summary>Where it lies; null: nobody has said.</summary>
    public (ulong Descriptors, ulong Driver, ulong Device)? Areas { get; set; }

    public uint Base { get; set; }

    public bool HasKick { get; set; }

    /// <summary>Null: as rings are from the beginning.</summary>
    public bool? Enabled { get; set; }

    /// <summary>It ran, and <see cref="Base"/> is where it stopped.</summary>
    public bool HasRun { get; set; }

    /// <summary>It can't go on until it gets another source of kicks.</summary>
    public bool IsBroken { get; set; }

    /// <summary>It waits for memory to be where its areas are.</summary>
    public bool IsUnmapped { get; set; }

    /// <summary>The device has it.</summary>
    public bool IsRunning { get; set; }

    public bool IsStopped => !IsRunning && !IsBroken && !IsUnmapped;

    public void Stop()
    {
        HasRun |= IsRunning;
        (IsRunning, IsBroken, IsUnmapped) = (false, false, false);
    }

    public void Halt()
    {
        HasKick = false;
        Stop();
    }

    public void Pause()
    {
        bool wasBroken = IsBroken;
        Stop();
        IsBroken = wasBroken;
    }
}
