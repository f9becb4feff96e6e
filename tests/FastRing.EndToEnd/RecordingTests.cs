using System.Diagnostics;

namespace FastRing.EndToEnd;

/// <summary>A port of a Linux guest recorded, looked at, and done again to other devices.</summary>
public sealed class RecordingTests
{
    private const string Port = "org.example.third";

    [Fact]
    public async Task What_a_guest_did_is_recorded_shown_and_done_again_and_a_device_that_does_otherwise_is_found_out()
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        string file = rig["recording"];
        using (Process record = Programs.Start(Programs.FastRing, ["record", $"vm0/{Port}", file, "--api", rig["api.sock"]]))
        {
            await GuestRig.UntilAsync(() => File.Exists(file) && new FileInfo(file).Length > 0);
            (int exit, _, string error) = await rig.TryRunAsync(["record", Port, rig["second"]]);
            Assert.True(exit == 1 && error.Contains("is being recorded", StringComparison.Ordinal), error);
            Assert.Equal("hello", await rig.InGuestAsync($"(exec 3<>{GuestRig.Links}/{Port}; echo hello >&3; head -n 1 <&3)"));
            await GuestRig.UntilAsync(() => File.ReadAllText(file).Contains("\"event\":\"PortOpen\",\"value\":0", StringComparison.Ordinal));
            await Programs.RunAsync("kill", ["-INT", $"{record.Id}"]);
            await record.WaitForExitAsync().WaitAsync(GuestRig.Patience);
            Assert.Equal(0, record.ExitCode);
            Assert.Contains("as asked", await record.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        string shown = await Programs.RunAsync(Programs.FastRing, ["show", file]);
        Assert.Matches(@"(?s)port \d+ 'org.example.third'.*driver +PORT_OPEN 1.*guest -> host +6 B  hello\\n.*host -> guest +6 B  hello\\n.*driver +PORT_OPEN 0", shown);

        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"], "--max-ports", "3", "--port", $"{Port}=echo", "--port", "silent=null"]);
        Assert.Contains("as recorded", (await ReplayAsync(file, folder, expected: 0)), StringComparison.Ordinal);
        Assert.Contains("bytes came instead of 6", await ReplayAsync(file, folder, expected: 1, "--port", "silent", "--patience", "1"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(rig["changed"], (await File.ReadAllTextAsync(file)).Replace("\"from\":\"Host\",\"bytes\":6,\"text\":\"hello", "\"from\":\"Host\",\"bytes\":6,\"text\":\"jello", StringComparison.Ordinal));
        Assert.Contains("other bytes came", await ReplayAsync(rig["changed"], folder, expected: 1), StringComparison.Ordinal);
        Assert.Contains("no port 'other'", await ReplayAsync(file, folder, expected: 1, "--port", "other", "--patience", "1"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(rig["changed"], "nonsense\n");
        Assert.Contains("no recording: line 1", await ReplayAsync(rig["changed"], folder, expected: 1), StringComparison.Ordinal);
    }

    private static async Task<string> ReplayAsync(string file, TemporaryFolder folder, int expected, params string[] options)
    {
        (int exit, string output, string error) = await Programs.TryRunAsync(Programs.FastRing, ["replay", file, "--socket-path", folder["v.sock"], .. options]);
        Assert.True(exit == expected, $"ended with {exit}: {output}{error}");
        return output + error;
    }
}
