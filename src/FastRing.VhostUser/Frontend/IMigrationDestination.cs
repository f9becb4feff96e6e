namespace FastRing.VhostUser.Frontend;

/// <summary>The new place of a guest: another backend in reach of this process, or a connection to who has one.</summary>
public interface IMigrationDestination
{
    /// <summary>Gives the backend there the device's state (<see cref="VhostUserFrontend.LoadDeviceState"/>), and all it needs to know of rings but what starts them. If it throws, the guest stays where it was.</summary>
    void Load(MigratedDevice device);

    /// <summary>Starts the rings. From here on there is no way back: bytes may be on their way.</summary>
    void Start();
}
