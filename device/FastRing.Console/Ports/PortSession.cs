namespace FastRing.Console.Ports;

/// <summary>
/// Who is talking to whom. As long as it is equal, so are guest, opener and host client; a number never comes back.
/// </summary>
/// <param name="Guest">Drivers the device has had: one more with every reset, reboot and new VMM.</param>
/// <param name="GuestOpens">Times the guest opened the port.</param>
/// <param name="HostOpens">Times somebody came on the host's side.</param>
public readonly record struct PortSession(uint Guest, uint GuestOpens, uint HostOpens);
