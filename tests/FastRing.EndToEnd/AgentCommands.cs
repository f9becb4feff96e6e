using FastRing.Agent;

namespace FastRing.EndToEnd;

/// <summary>A call for each command of the agent that leaves the guest running, by the command's name.</summary>
internal static class AgentCommands
{
    private const string File = "/tmp/agent-commands";
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKz1xWq0yq0yq0yq0yq0yq0yq0yq0yq0yq0yq0yq0yq0 test";

    /// <summary>They end the guest and have tests of their own.</summary>
    public static IReadOnlyList<string> Ending { get; } = ["guest-shutdown"];

    /// <summary>Those that this guest can't do: no block device, no memory blocks, no real-time clock, nothing to suspend with, a read-only password file.</summary>
    public static IReadOnlySet<string> MayFail { get; } = new HashSet<string>
    {
        "guest-set-time", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid", "guest-get-memory-blocks", "guest-set-memory-blocks",
        "guest-get-memory-block-info", "guest-set-user-password", "guest-get-disks", "guest-get-diskstats", "guest-fstrim", "guest-get-devices",
    };

    public static IReadOnlyDictionary<string, Func<GuestAgent, Task>> Calls { get; } = new Dictionary<string, Func<GuestAgent, Task>>
    {
        ["guest-sync-delimited"] = agent => agent.SyncAsync(),
        ["guest-sync"] = async agent => Assert.Equal(4711, await agent.SyncAsync(4711)),
        ["guest-ping"] = agent => agent.PingAsync(),
        ["guest-info"] = agent => agent.GetInfoAsync(),
        ["guest-get-osinfo"] = async agent => Assert.Equal("fastring-guest", (await agent.GetOsInfoAsync()).Id),
        ["guest-get-host-name"] = agent => agent.GetHostNameAsync(),
        ["guest-get-timezone"] = async agent => Assert.Equal(0, (await agent.GetTimezoneAsync()).Offset),
        ["guest-get-time"] = async agent => Assert.InRange((await agent.GetTimeAsync()).Year, 2020, 2200),
        ["guest-set-time"] = async agent => await agent.SetTimeAsync(await agent.GetTimeAsync()),
        ["guest-get-users"] = async agent => Assert.Equal("alice", Assert.Single(await agent.GetUsersAsync()).Name),
        ["guest-set-user-password"] = agent => agent.SetUserPasswordAsync("bob", "secret"),
        ["guest-ssh-add-authorized-keys"] = agent => agent.AddAuthorizedKeysAsync("alice", [Key], reset: true),
        ["guest-ssh-get-authorized-keys"] = WithKeyAsync,
        ["guest-ssh-remove-authorized-keys"] = WithoutKeyAsync,
        ["guest-network-get-interfaces"] = async agent => Assert.Contains(await agent.GetNetworkInterfacesAsync(), n => n.Name == "lo"),
        ["guest-network-get-route"] = agent => agent.GetNetworkRoutesAsync(),
        ["guest-get-fsinfo"] = agent => agent.GetFilesystemsAsync(),
        ["guest-get-disks"] = agent => agent.GetDisksAsync(),
        ["guest-get-diskstats"] = agent => agent.GetDiskStatsAsync(),
        ["guest-fsfreeze-status"] = async agent => Assert.Equal(GuestFsfreezeStatus.Thawed, await agent.GetFsfreezeStatusAsync()),
        ["guest-fsfreeze-freeze"] = agent => FreezeAsync(agent, a => a.FreezeFilesystemsAsync()),
        ["guest-fsfreeze-freeze-list"] = agent => FreezeAsync(agent, a => a.FreezeFilesystemsAsync(["/nowhere"])),
        ["guest-fsfreeze-thaw"] = agent => agent.ThawFilesystemsAsync(),
        ["guest-fstrim"] = agent => agent.TrimFilesystemsAsync(),
        ["guest-get-cpustats"] = async agent => Assert.Equal("linux", (await agent.GetCpuStatsAsync())[0].Type),
        ["guest-get-load"] = agent => agent.GetLoadAsync(),
        ["guest-get-devices"] = agent => agent.GetDevicesAsync(),
        ["guest-get-vcpus"] = async agent => Assert.True(Assert.Single(await agent.GetVcpusAsync()).Online),
        ["guest-set-vcpus"] = async agent => Assert.Equal(1, await agent.SetVcpusAsync(await agent.GetVcpusAsync())),
        ["guest-get-memory-blocks"] = agent => agent.GetMemoryBlocksAsync(),
        ["guest-get-memory-block-info"] = agent => agent.GetMemoryBlockInfoAsync(),
        ["guest-set-memory-blocks"] = agent => agent.SetMemoryBlocksAsync([new GuestMemoryBlock(0, Online: true)]),
        ["guest-file-open"] = FilesAsync,
        ["guest-file-write"] = FilesAsync,
        ["guest-file-flush"] = FilesAsync,
        ["guest-file-seek"] = FilesAsync,
        ["guest-file-read"] = FilesAsync,
        ["guest-file-close"] = FilesAsync,
        ["guest-exec"] = async agent => Assert.Equal("hello\n", (await agent.ExecAsync(new GuestCommand("echo", "hello"))).OutputText),
        ["guest-exec-status"] = async agent => await agent.GetExecStatusAsync(await agent.StartAsync(new GuestCommand("true"))),
        ["guest-suspend-disk"] = agent => agent.SuspendAsync(GuestSuspendMode.Disk),
        ["guest-suspend-ram"] = agent => agent.SuspendAsync(GuestSuspendMode.Ram),
        ["guest-suspend-hybrid"] = agent => agent.SuspendAsync(GuestSuspendMode.Hybrid),
    };

    private static async Task WithKeyAsync(GuestAgent agent)
    {
        await agent.AddAuthorizedKeysAsync("alice", [Key], reset: true);
        Assert.Equal([Key], await agent.GetAuthorizedKeysAsync("alice"));
    }

    private static async Task WithoutKeyAsync(GuestAgent agent)
    {
        await WithKeyAsync(agent);
        await agent.RemoveAuthorizedKeysAsync("alice", [Key]);
        Assert.Empty(await agent.GetAuthorizedKeysAsync("alice"));
    }

    private static async Task FreezeAsync(GuestAgent agent, Func<GuestAgent, Task<long>> freeze)
    {
        Assert.Equal(0, await freeze(agent)); // Nothing of this guest's lies on a block device.
        Assert.Equal(0, await agent.ThawFilesystemsAsync());
        Assert.Equal(GuestFsfreezeStatus.Thawed, await agent.GetFsfreezeStatusAsync());
    }

    private static async Task FilesAsync(GuestAgent agent)
    {
        long handle = await agent.OpenFileAsync(File, "w+");
        Assert.Equal(5, (await agent.WriteFileAsync(handle, "hello"u8.ToArray())).Count);
        await agent.FlushFileAsync(handle);
        Assert.Equal(1, (await agent.SeekFileAsync(handle, 1, GuestSeekOrigin.Set)).Position);
        GuestFileRead read = await agent.ReadFileAsync(handle, 3);
        Assert.Equal("ell"u8.ToArray(), read.Data.ToArray());
        await agent.CloseFileAsync(handle);
    }
}
