namespace FastRing.Agent;

public sealed partial class GuestAgent
{
    /// <summary>Shuts the guest down (<c>guest-shutdown</c>). That it is really down has to be seen elsewhere.</summary>
    /// <returns>How it took it.</returns>
    /// <exception cref="AgentException">The guest refuses.</exception>
    public Task<GuestDeparture> ShutdownAsync(GuestShutdownMode mode = GuestShutdownMode.Powerdown, CancellationToken cancellationToken = default)
    {
        string name = mode switch
        {
            GuestShutdownMode.Halt => "halt",
            GuestShutdownMode.Reboot => "reboot",
            _ => "powerdown",
        };
        return DepartAsync("guest-shutdown", json => json.WriteString("mode", name), cancellationToken);
    }

    /// <summary>Suspends the guest (<c>guest-suspend-disk</c>, <c>-ram</c>, <c>-hybrid</c>).</summary>
    /// <returns>How it took it.</returns>
    /// <exception cref="AgentException">The guest can't.</exception>
    public Task<GuestDeparture> SuspendAsync(GuestSuspendMode mode, CancellationToken cancellationToken = default)
    {
        string command = mode switch
        {
            GuestSuspendMode.Disk => "guest-suspend-disk",
            GuestSuspendMode.Hybrid => "guest-suspend-hybrid",
            _ => "guest-suspend-ram",
        };
        return DepartAsync(command, null, cancellationToken);
    }
}
