using System.Text.Json;

namespace FastRing.Agent;

public sealed partial class GuestAgent
{
    private const long NanosecondsPerTick = 100;

    /// <summary>What system the guest runs (<c>guest-get-osinfo</c>).</summary>
    public Task<GuestOsInfo> GetOsInfoAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-osinfo", null, AgentJson.Default.GuestOsInfo, cancellationToken);

    /// <summary>What the guest calls itself (<c>guest-get-host-name</c>).</summary>
    public async Task<string> GetHostNameAsync(CancellationToken cancellationToken = default) =>
        (await CallAsync("guest-get-host-name", null, AgentJson.Default.GuestHostName, cancellationToken).ConfigureAwait(false)).HostName;

    /// <summary>Its time zone (<c>guest-get-timezone</c>).</summary>
    public Task<GuestTimezone> GetTimezoneAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-timezone", null, AgentJson.Default.GuestTimezone, cancellationToken);

    /// <summary>Its clock (<c>guest-get-time</c>), to 100 ns.</summary>
    public async Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken = default)
    {
        long nanoseconds = await CallAsync("guest-get-time", null, AgentJson.Default.Int64, cancellationToken).ConfigureAwait(false);
        return DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / NanosecondsPerTick); // 292 years each way: always a date.
    }

    /// <summary>Sets the guest's clock and then its hardware's (<c>guest-set-time</c>).</summary>
    /// <param name="time">Null: what its hardware clock says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task SetTimeAsync(DateTimeOffset? time, CancellationToken cancellationToken = default)
    {
        Action<Utf8JsonWriter>? arguments = null;
        if (time is { } when)
        {
            long nanoseconds = checked((when - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick);
            arguments = json => json.WriteNumber("time", nanoseconds);
        }

        return RunAsync("guest-set-time", arguments, cancellationToken);
    }

    /// <summary>How busy the guest is (<c>guest-get-load</c>, since QEMU 10.0).</summary>
    public Task<GuestLoadAverage> GetLoadAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-load", null, AgentJson.Default.GuestLoadAverage, cancellationToken);

    /// <summary>What its processors did (<c>guest-get-cpustats</c>).</summary>
    public Task<IReadOnlyList<GuestCpuStats>> GetCpuStatsAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-cpustats", null, AgentJson.Default.IReadOnlyListGuestCpuStats, cancellationToken);

    /// <summary>Its devices and drivers (<c>guest-get-devices</c>, Windows only).</summary>
    public Task<IReadOnlyList<GuestDeviceInfo>> GetDevicesAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-devices", null, AgentJson.Default.IReadOnlyListGuestDeviceInfo, cancellationToken);

    /// <summary>Its processors (<c>guest-get-vcpus</c>).</summary>
    public Task<IReadOnlyList<GuestLogicalProcessor>> GetVcpusAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-vcpus", null, AgentJson.Default.IReadOnlyListGuestLogicalProcessor, cancellationToken);

    /// <summary>Puts processors in or out of use, one after the other (<c>guest-set-vcpus</c>).</summary>
    /// <returns>How many were done; those after it were not.</returns>
    public Task<long> SetVcpusAsync(IReadOnlyList<GuestLogicalProcessor> vcpus, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(vcpus);
        return CallAsync("guest-set-vcpus", json => WriteVcpus(json, vcpus), AgentJson.Default.Int64, cancellationToken);
    }

    /// <summary>Its blocks of memory (<c>guest-get-memory-blocks</c>).</summary>
    public Task<IReadOnlyList<GuestMemoryBlock>> GetMemoryBlocksAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-memory-blocks", null, AgentJson.Default.IReadOnlyListGuestMemoryBlock, cancellationToken);

    /// <summary>How big a block of memory is (<c>guest-get-memory-block-info</c>).</summary>
    public Task<GuestMemoryBlockInfo> GetMemoryBlockInfoAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-get-memory-block-info", null, AgentJson.Default.GuestMemoryBlockInfo, cancellationToken);

    /// <summary>Puts blocks of memory in or out of use (<c>guest-set-memory-blocks</c>).</summary>
    /// <returns>What became of each.</returns>
    public Task<IReadOnlyList<GuestMemoryBlockResponse>> SetMemoryBlocksAsync(
        IReadOnlyList<GuestMemoryBlock> blocks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        return CallAsync(
            "guest-set-memory-blocks", json => WriteMemoryBlocks(json, blocks), AgentJson.Default.IReadOnlyListGuestMemoryBlockResponse, cancellationToken);
    }

    private static void WriteVcpus(Utf8JsonWriter json, IReadOnlyList<GuestLogicalProcessor> vcpus)
    {
        json.WritePropertyName("vcpus");
        JsonSerializer.Serialize(json, vcpus, AgentJson.Default.IReadOnlyListGuestLogicalProcessor);
    }

    private static void WriteMemoryBlocks(Utf8JsonWriter json, IReadOnlyList<GuestMemoryBlock> blocks)
    {
        json.WritePropertyName("mem-blks");
        JsonSerializer.Serialize(json, blocks, AgentJson.Default.IReadOnlyListGuestMemoryBlock);
    }
}
