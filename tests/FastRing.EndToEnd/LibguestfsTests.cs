using System.Diagnostics;
using System.Security.Cryptography;

namespace FastRing.EndToEnd;

/// <summary>libguestfs with the channel to its daemon carried by FastRing: tests/libguestfs/hypervisor is what it runs for its QEMU.</summary>
[Collection(nameof(Alone))]
public sealed class LibguestfsTests
{
    private const string Text = "over a FastRing port";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15); // A whole Debian without KVM, on whatever machine this is.

    [Fact]
    public async Task Guestfish_makes_an_image_and_a_file_system_and_writes_and_reads_a_file_over_a_FastRing_port()
    {
        using var folder = new TemporaryFolder();
        byte[] sent = RandomNumberGenerator.GetBytes(8 << 20);
        await File.WriteAllBytesAsync(folder["big"], sent);
        ProcessStartInfo start = new("guestfish", Work(folder))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LIBGUESTFS_BACKEND"] = "direct";
        start.Environment["LIBGUESTFS_BACKEND_SETTINGS"] = "force_tcg"; // A /dev/kvm that is there need not be one that works, as within another virtual machine.
        start.Environment["LIBGUESTFS_HV"] = Path.Combine(Programs.Checkout(), "tests", "libguestfs", "hypervisor");
        start.Environment["QEMU_ROOT"] = (await QemuRig.Packages).Folder;
        start.Environment["FASTRING"] = Programs.FastRing;
        start.Environment["FASTRING_LOG"] = folder["fastring.log"];
        using Process guestfish = Process.Start(start)!;
        Task<string> output = guestfish.StandardOutput.ReadToEndAsync();
        Task<string> errors = guestfish.StandardError.ReadToEndAsync();
        try
        {
            await guestfish.WaitForExitAsync().WaitAsync(s_patience);
        }
        finally
        {
            guestfish.Kill(entireProcessTree: true);
        }

        string log = File.Exists(folder["fastring.log"]) ? await File.ReadAllTextAsync(folder["fastring.log"]) : "none";
        Assert.True(guestfish.ExitCode == 0, $"guestfish ended with {guestfish.ExitCode}: {await errors}\nthe daemon's log: {log}");
        Assert.Equal(Text, (await output).Trim());
        Assert.Contains("a frontend connected", log, StringComparison.Ordinal);
        byte[] back = await File.ReadAllBytesAsync(folder["big.back"]);
        Assert.True(sent.AsSpan().SequenceEqual(back), "a file of 8 MiB came back changed");
    }

    /// <summary>Partition, file system, a small file, and 8 MiB that go into the guest and come back.</summary>
    private static IEnumerable<string> Work(TemporaryFolder folder)
    {
        string[][] commands =
        [
            ["sparse", folder["disk.img"], "64M"],
            ["run"],
            ["part-disk", "/dev/sda", "mbr"],
            ["mkfs", "ext4", "/dev/sda1"],
            ["mount", "/dev/sda1", "/"],
            ["upload", folder["big"], "/big"],
            ["write", "/hello", Text],
            ["umount", "/"],
            ["mount", "/dev/sda1", "/"],
            ["download", "/big", folder["big.back"]],
            ["cat", "/hello"],
        ];
        return commands.SelectMany(command => command.Append(":")).SkipLast(1);
    }
}
