using System.Diagnostics;
using System.Xml.Linq;
using FastRing.Qemu;

namespace FastRing.EndToEnd.Documents;

/// <summary>The domain of the documents under libvirt's own driver, embedded in a program (virt-qemu-run), with a QEMU that has the device.</summary>
[Collection(nameof(Alone))]
public sealed class LibvirtTests
{
    [Fact]
    public async Task The_domain_is_valid_and_its_guest_finds_its_port()
    {
        using var place = new Place();
        XElement domain = XElement.Parse(place.Put(CodeBlock.All.Single(b => b.Language == "xml").Text));
        await ValidateAsync(place, domain);
        using Daemon daemon = await place.ServeAsync("fastring serve --socket-path /tmp/vm0.sock --max-ports 4 --port org.example.0=echo --api");

        string file = await WriteAsync(place, domain);
        using Process libvirt = Programs.Start("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", Script, "sh", InstalledModules, place.WorkFolder, file]);
        Task<string> errors = libvirt.StandardError.ReadToEndAsync();
        try
        {
            long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
            while (!libvirt.HasExited && !await IsReadyAsync(place))
            {
                Assert.True(Environment.TickCount64 < end, "the guest's driver never set the port up");
                await Task.Delay(100);
            }

            Assert.False(libvirt.HasExited, libvirt.HasExited ? await errors : "");
        }
        finally
        {
            await Programs.TryRunAsync("kill", ["-INT", $"{libvirt.Id}"]); // It takes the guest with it.
            await libvirt.WaitForExitAsync().WaitAsync(GuestRig.Patience);
        }
    }

    private const string InstalledModules = "/usr/lib/x86_64-linux-gnu/qemu";

    /// <summary>
    /// A libvirt that is not root's needs no user of its own, and this QEMU must not come upon the modules of another that is installed: the first name space hides those, the second hides root.
    /// </summary>
    private const string Script =
        """
        [ ! -d "$1" ] || mount -t tmpfs none "$1"
        cd "$2"
        export HOME="$2" XDG_RUNTIME_DIR="$2"
        exec unshare --user --map-user=1000 --map-group=1000 virt-qemu-run --root "$2/libvirt" "$3"
        """;

    private static async Task ValidateAsync(Place place, XElement domain)
    {
        string file = Path.Combine(place.WorkFolder, "documented.xml");
        await File.WriteAllTextAsync(file, domain.ToString());
        (int exit, string output, string error) = await Programs.TryRunAsync("virt-xml-validate", [file, "domain"]);
        Assert.True(exit == 0, output + error);
    }

    /// <summary>What a guest of the tests has besides: a kernel, an emulator, and no KVM.</summary>
    private static async Task<string> WriteAsync(Place place, XElement domain)
    {
        QemuPackages packages = await QemuRig.Packages;
        string folder = place.WorkFolder;
        await QemuImage.WriteAsync(packages, Path.Combine(folder, "initrd"));
        Directory.CreateDirectory(Path.Combine(folder, "libvirt", "etc"));
        await File.WriteAllTextAsync(Path.Combine(folder, "libvirt", "etc", "qemu.conf"), "security_driver = \"none\"\nnamespaces = []\ncgroup_controllers = []\nremember_owner = 0\nstdio_handler = \"file\"\n");
        string emulator = Path.Combine(folder, "qemu");
        await File.WriteAllTextAsync(emulator, $"#!/bin/sh\nexport {packages.Environment.Name}='{packages.Environment.Value}'\nexec {string.Join(' ', packages.Program.Select(w => $"'{w}'"))} \"$@\"\n");
        File.SetUnixFileMode(emulator, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        domain.SetAttributeValue("type", "qemu");
        domain.Element("os")!.Add(
            new XElement("kernel", packages.Kernel), new XElement("initrd", Path.Combine(folder, "initrd")),
            new XElement("cmdline", "console=ttyS0 quiet rdinit=/init panic=-1 mitigations=off nokaslr tsc=reliable"));
        domain.Element("features")!.AddBeforeSelf(new XElement("cpu", new XAttribute("mode", "maximum")));
        domain.Element("features")!.AddAfterSelf(new XElement("devices", new XElement("emulator", emulator), new XElement("serial", new XAttribute("type", "null"))));
        string file = Path.Combine(folder, "domain.xml");
        await File.WriteAllTextAsync(file, domain.ToString());
        return file;
    }

    /// <summary>Whether the guest's driver has set the port up: then it waits for a program in the guest.</summary>
    private static async Task<bool> IsReadyAsync(Place place) =>
        (await Programs.RunAsync("env", [.. place.Environment, "fastring", "list"])).Contains("waits for the guest to open it", StringComparison.Ordinal);
}
