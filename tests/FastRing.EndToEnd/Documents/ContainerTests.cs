using System.Diagnostics;
using System.Runtime.InteropServices;
using FastRing.Host.Guests;

namespace FastRing.EndToEnd.Documents;

/// <summary>The daemon in a container, by podman; its image is made of what is here.</summary>
[Collection(nameof(Alone))]
public sealed class ContainerTests
{
    [Fact]
    public async Task A_daemon_in_a_container_serves_a_guest_outside_of_it()
    {
        string line = Assert.Single(DocumentedCommand.Of(nameof(A_daemon_in_a_container_serves_a_guest_outside_of_it))).Text;
        using var place = new Place();
        string shared = place.Put("/run/fastring/");
        await File.WriteAllTextAsync(Path.Combine(shared, "guests.json"), """{ "guests": [ { "name": "vm0", "socketPath": "/run/fastring/vm0.sock", "ports": [ { "name": "org.example.0", "backend": "echo" } ] } ] }""");

        string[] words = line.Split(' ');
        int image = Array.IndexOf(words, "IMAGE");
        string name = $"fastring-{Guid.NewGuid():N}";
        string[] command =
        [
            "--runtime", "runc", .. words[1..image].Select(w => w.Replace("/run/fastring:", shared.TrimEnd('/') + ":", StringComparison.Ordinal)),
            "--name", name, .. Image(place), "/opt/fastring/fastring", .. words[(image + 2)..],
        ];
        using Process podman = Programs.Start("podman", command);
        Task<string> log = podman.StandardError.ReadToEndAsync();
        try
        {
            await GuestRig.UntilAsync(() => podman.HasExited || (File.Exists(shared + "api.sock") && File.Exists(shared + "vm0.sock")));
            Assert.False(podman.HasExited, podman.HasExited ? await log : "");
            await using (UmlGuest guest = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [shared + "vm0.sock"], WaitPorts = ["org.example.0"], RunAgent = false, LoggedInUser = null }))
            {
                await guest.WaitReadyAsync(GuestRig.Patience);
                CommandResult echoed = await guest.RunAsync("exec 3<>/dev/virtio-ports/org.example.0; echo hello >&3; head -n 1 <&3", GuestRig.Patience);
                Assert.Equal("hello", echoed.Output.Trim());
                string listed = await Programs.RunAsync("env", [.. place.Environment, "fastring", "list"]);
                Assert.Contains("org.example.0", listed, StringComparison.Ordinal);
            }
        }
        finally
        {
            await Programs.RunAsync("podman", ["stop", "--ignore", name]);
            await podman.WaitForExitAsync().WaitAsync(GuestRig.Patience);
        }

        Assert.Contains("sandbox on", await log, StringComparison.Ordinal);
        Assert.Equal(0, podman.ExitCode);
    }

    /// <summary>This machine's libraries and the program, read-only. Limits are named, because the usual ones are more than this process may have.</summary>
    private static string[] Image(Place place)
    {
        string root = Path.Combine(place.WorkFolder, "root");
        foreach (string folder in (string[])["usr", "opt/fastring", "run", "tmp", "proc", "sys", "dev", "etc"])
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        Directory.CreateSymbolicLink(Path.Combine(root, "lib"), "usr/lib");
        Directory.CreateSymbolicLink(Path.Combine(root, "lib64"), "usr/lib64");
        string runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        return
        [
            "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--volume", "/usr:/usr:ro",
            "--volume", $"{runtime}:{runtime}:ro", "--env", $"DOTNET_ROOT={runtime}", "--volume", $"{Path.GetDirectoryName(Programs.FastRing)}:/opt/fastring:ro", "--rootfs", root,
        ];
    }
}
