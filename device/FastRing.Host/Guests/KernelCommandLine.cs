using System.Buffers;

namespace FastRing.Host.Guests;

/// <summary>The words a user-mode Linux kernel is started with.</summary>
internal static class KernelCommandLine
{
    // Self tests and benchmarks of file systems the guest never mounts: more than a second of a boot that takes half a second without.
    private const string SkippedInitcalls = "raid6_select_algo,calibrate_xor_blocks,init_btrfs_fs,init_xfs_fs,init_jfs_fs";

    private static readonly SearchValues<char> Unquotable = SearchValues.Create(" \t\n\",:");

    /// <summary>Words for a guest on <paramref name="root"/>; its pid file and management socket go to <paramref name="umlFolder"/>.</summary>
    /// <exception cref="GuestException">A path or port name has a character that the kernel command line cannot carry.</exception>
    public static IReadOnlyList<string> For(GuestRoot root, UmlGuestOptions options, string umlFolder)
    {
        List<string> words =
        [
            $"mem={options.MemoryMiB}M",
            "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "init=/init",
            // Mounts of hostfs in the guest begin here. It is no prison: a guest's root can step out of it with "..".
            $"hostfs={Plain(root.Folder)}",
            $"uml_dir={Plain(umlFolder)}", "umid=guest",
            "con=null", "con0=fd:0,fd:1", "ssl=null",
            "quiet", "loglevel=1", "hostname=guest",
            // A fixed value saves the 0.1 s of calibrating the delay loop; only drivers of real hardware use it.
            "lpj=20000000",
            $"initcall_blacklist={SkippedInitcalls}",
        ];
        words.AddRange(options.DeviceSockets.Select(socket => $"virtio_uml.device={Plain(Path.GetFullPath(socket))}:{options.DeviceId}"));
        words.AddRange(GuestWords(options));
        words.AddRange(options.KernelArguments);
        return words;
    }

    // Read by the guest's init.
    private static IEnumerable<string> GuestWords(UmlGuestOptions options)
    {
        if (options.HelloPort is { } port)
        {
            yield return $"fastring_hello={Plain(port)}";
        }

        if (options.WaitPorts.Count > 0)
        {
            yield return $"fastring_ports={string.Join(',', options.WaitPorts.Select(Plain))}";
        }

        if (options.RunAgent)
        {
            yield return "fastring_agent=1";
        }

        if (options.LoggedInUser is { } user)
        {
            yield return $"fastring_user={user}";
        }
    }

    private static string Plain(string word) => word.AsSpan().ContainsAny(Unquotable)
        ? throw new GuestException($"'{word}' has a space, quote, comma or colon, which the guest's kernel command line cannot carry")
        : word;
}
