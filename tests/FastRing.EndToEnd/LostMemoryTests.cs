using System.Net.Sockets;
using System.Text;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>The file that is a Linux guest's memory is made smaller while its device uses it.</summary>
[Collection(nameof(Alone))]
public sealed class LostMemoryTests
{
    private const int Mebibyte = 1 << 20;

    [Fact]
    public async Task The_guest_loses_its_device_and_its_neighbour_and_the_daemon_go_on()
    {
        await using GuestRig neighbour = await GuestRig.StartAsync(new GuestConfig { Ports = [new PortConfig { Name = "echo", Backend = "echo" }] });
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { Ports = [new PortConfig { Name = "flood", Backend = "unix:FOLDER/flood.sock" }] });
        using NetworkStream client = await HostClients.ConnectAsync(rig["flood.sock"]);
        await rig.RunAsync($"cat /dev/zero >{GuestRig.Links}/flood & true");
        await client.ReadAsync(Mebibyte);

        // Stopped with what it wrote on the ring: the device finds it when its client reads on, and the guest can't be the one that dies first.
        string process = ProcessOf(rig["vhost.sock"]);
        await UntilHeldAsync(rig);
        await Programs.RunAsync("kill", ["-STOP", process]);
        await GuestRig.UntilAsync(() => File.ReadAllText($"/proc/{process}/stat").Contains(") T ", StringComparison.Ordinal));
        Truncate(process);
        byte[] rest = new byte[4096];
        Task<int> last = client.ReadAsync(rest).AsTask();
        await GuestRig.UntilAsync(() =>
        {
            if (last.IsCompleted)
            {
                last = client.ReadAsync(rest).AsTask();
            }

            return rig.Served.Backend.Counters.LostMemories == 1;
        });
        await neighbour.AssertEchoesAsync("echo", 4096);
        Assert.Equal(0UL, neighbour.Served.Backend.Counters.LostMemories);

        // Another guest finds the device as the first one did, and its host client has stayed.
        await rig.Linux.DisposeAsync();
        await rig.BootAsync();
        await rig.RunAsync($"echo from another >{GuestRig.Links}/flood");
        string heard = "";
        while (!heard.EndsWith("from another\n", StringComparison.Ordinal))
        {
            heard += Encoding.ASCII.GetString(rest, 0, await last.WaitAsync(GuestRig.Patience)).TrimStart('\0');
            last = client.ReadAsync(rest).AsTask();
        }
    }

    /// <summary>Until the client's socket is full, and what the guest writes more stays on the ring.</summary>
    private static async Task UntilHeldAsync(GuestRig rig)
    {
        ulong last;
        do
        {
            last = rig.Port("flood").Counters.BytesToHost;
            await Task.Delay(500);
        }
        while (last != rig.Port("flood").Counters.BytesToHost);
    }

    private static string ProcessOf(string socket) => Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0]) && IsGuest(p, socket))
        .Select(p => Path.GetFileName(p)!).OrderBy(p => int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).First();

    private static bool IsGuest(string process, string socket)
    {
        try
        {
            string[] words = File.ReadAllText($"{process}/cmdline").Split('\0');
            return Path.GetFileName(words[0]).StartsWith("linux", StringComparison.Ordinal) && words.Any(w => w.Contains(socket, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // It has ended.
        }
    }

    /// <summary>The largest of the files it has open that have no name any more.</summary>
    private static void Truncate(string process)
    {
        FileStream[] unnamed = [.. Directory.GetFiles($"/proc/{process}/fd")
            .Where(f => new FileInfo(f).LinkTarget is { } target && target[0] == '/' && target.EndsWith("(deleted)", StringComparison.Ordinal)).Select(File.OpenWrite)];
        FileStream memory = unnamed.MaxBy(f => f.Length)!;
        Assert.True(memory.Length > 16 * Mebibyte);
        memory.SetLength(4096);
        Array.ForEach(unnamed, f => f.Dispose());
    }
}
