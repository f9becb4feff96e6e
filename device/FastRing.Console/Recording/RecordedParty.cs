namespace FastRing.Console.Recording;

/// <summary>Whose doing a recorded event is.</summary>
public enum RecordedParty
{
    /// <summary>The guest's program wrote bytes.</summary>
    Guest,

    /// <summary>The host's side wrote bytes.</summary>
    Host,

    /// <summary>The guest's driver sent a control message, or went away.</summary>
    Driver,

    /// <summary>The device sent a control message.</summary>
    Device,
}
