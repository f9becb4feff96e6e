namespace FastRing.Agent;

public sealed partial class GuestAgent
{
    /// <summary>The guest's file systems (<c>guest-get-fsinfo</c>).</summary>
    public Task<IReadOnlyList<GuestFilesystemInfo>> GetFilesystemsAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-fsinfo", null, AgentJson.Default.IReadOnlyListGuestFilesystemInfo, cancellationToken);

    /// <summary>Its disks (<c>guest-get-disks</c>).</summary>
    public Task<IReadOnlyList<GuestDiskInfo>> GetDisksAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-disks", null, AgentJson.Default.IReadOnlyListGuestDiskInfo, cancellationToken);

    /// <summary>Counters of its disks (<c>guest-get-diskstats</c>).</summary>
    public Task<IReadOnlyList<GuestDiskStatsInfo>> GetDiskStatsAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-diskstats", null, AgentJson.Default.IReadOnlyListGuestDiskStatsInfo, cancellationToken);

    /// <summary>Whether its file systems are frozen (<c>guest-fsfreeze-status</c>).</summary>
    public async Task<GuestFsfreezeStatus> GetFsfreezeStatusAsync(CancellationToken cancellationToken = default)
    {
        const string Command = "guest-fsfreeze-status";
        string status = await CallAsync(Command, null, AgentJson.Default.String, cancellationToken).ConfigureAwait(false);
        return status switch
        {
            "thawed" => GuestFsfreezeStatus.Thawed,
            "frozen" => GuestFsfreezeStatus.Frozen,
            _ => throw new AgentException($"the guest agent's {Command} returned neither thawed nor frozen") { Command = Command },
        };
    }

    /// <summary>Freezes all file systems that can be (<c>guest-fsfreeze-freeze</c>).</summary>
    /// <returns>How many are frozen.</returns>
    public Task<long> FreezeFilesystemsAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-fsfreeze-freeze", null, AgentJson.Default.Int64, cancellationToken);

    /// <summary>Freezes the file systems mounted there (<c>guest-fsfreeze-freeze-list</c>).</summary>
    /// <returns>How many are frozen.</returns>
    public Task<long> FreezeFilesystemsAsync(IReadOnlyList<string> mountpoints, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mountpoints);
        return CallAsync("guest-fsfreeze-freeze-list", json => WriteStrings(json, "mountpoints", mountpoints), AgentJson.Default.Int64, cancellationToken);
    }

    /// <summary>Thaws all file systems (<c>guest-fsfreeze-thaw</c>).</summary>
    /// <returns>How many this call thawed.</returns>
    public Task<long> ThawFilesystemsAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-fsfreeze-thaw", null, AgentJson.Default.Int64, cancellationToken);

    /// <summary>Has the file systems give back what they don't use (<c>guest-fstrim</c>).</summary>
    /// <param name="minimumBytes">Shorter free ranges may be left alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<GuestFilesystemTrimResponse> TrimFilesystemsAsync(long minimumBytes = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimumBytes);
        return CallAsync("guest-fstrim", json => json.WriteNumber("minimum", minimumBytes), AgentJson.Default.GuestFilesystemTrimResponse, cancellationToken);
    }
}
