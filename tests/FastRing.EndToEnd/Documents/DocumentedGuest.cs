using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FastRing.Host;
using FastRing.Host.Guests;

namespace FastRing.EndToEnd.Documents;

/// <summary>A document's daemon with a Linux guest, in which an agent runs, and what the document has people type.</summary>
internal sealed partial class DocumentedGuest : IAsyncDisposable
{
    private const string Programs = "/tmp/programs";

    private readonly Place _place = new();
    private Daemon _daemon = null!;
    private UmlGuest _linux = null!;

    /// <param name="document">Whose configuration is served, or whose first line that serves.</param>
    public static async Task<DocumentedGuest> StartAsync(string document)
    {
        var guest = new DocumentedGuest();
        try
        {
            await guest.ServeAsync(document);
            await guest.BootAsync();
            return guest;
        }
        catch
        {
            await guest.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command, where it belongs, and expects it to do what it should.</summary>
    public async Task RunAsync(DocumentedCommand command)
    {
        string text = _place.Put(ProcessNumber().Replace(command.Text, $"{_daemon.ProcessId}")).Replace("curl ", "curl --fail ", StringComparison.Ordinal);
        await (command.Text.Split(' ')[0] switch
        {
            "linux.uml" => KernelAsync(text),
            "fastring-guest" or "cat" or "ls" => InGuestAsync(command.Text.Replace("/usr/local/lib/", "/tmp/", StringComparison.Ordinal)), // Nothing can be written elsewhere there.
            _ when Endless().IsMatch(command.Text) => UntilInterruptedAsync(command, text),
            _ => ToItsEndAsync(command, text),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await (_linux?.DisposeAsync() ?? ValueTask.CompletedTask);
        _daemon?.Dispose();
        _place.Dispose();
    }

    private async Task ServeAsync(string document)
    {
        _place.Configure(document);
        string? line = document == "README.md" ? DocumentedCommand.All.First(c => c.Block.Document == document && c.Text.Contains("fastring serve", StringComparison.Ordinal)).Text : null;
        _daemon = await _place.ServeAsync(line ?? "fastring serve --config guests.json --api --metrics --diagnostics --sandbox-folder /tmp/");
        await _daemon.UntilLogAsync("management API on");
    }

    private async Task BootAsync()
    {
        _linux = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [_place.Put("/tmp/vm0.sock")], WaitPorts = ["org.example.0"] });
        await _linux.WaitReadyAsync(GuestRig.Patience);
        string published = await GuestPrograms.Published;
        await InShellAsync($"mkdir -p {Programs} && mount -t hostfs -o ro,/../../../../../../../../../../../../..{published} none {Programs}");
        await InShellAsync("echo hello >/tmp/input; printf '#!/bin/sh\\nexec cat\\n' >/tmp/my-agent && chmod 755 /tmp/my-agent");
    }

    private async Task KernelAsync(string text)
    {
        string[] words = (await File.ReadAllTextAsync($"/proc/{_linux.ProcessId}/cmdline")).Split('\0');
        Assert.Contains(text.Split(' ').Single(w => w.StartsWith("virtio_uml.device=", StringComparison.Ordinal)), words);
    }

    private async Task ToItsEndAsync(DocumentedCommand command, string text)
    {
        (int exit, _, string error) = await EndToEnd.Programs.TryRunAsync("env", [.. _place.Environment, "bash", "-c", text], folder: _place.WorkFolder);
        Assert.True(exit == ExitCode.Ok || (exit == ExitCode.Findings && text.StartsWith("fastring doctor", StringComparison.Ordinal)), $"{command}: {exit}: {error}");
    }

    /// <summary>Of what goes on for ever: until it has said something, or is there.</summary>
    private async Task UntilInterruptedAsync(DocumentedCommand command, string text)
    {
        using System.Diagnostics.Process process = EndToEnd.Programs.Start("env", [.. _place.Environment, "bash", "-c", $"exec {text}"], _place.WorkFolder);
        try
        {
            Task<string?> said = process.StandardOutput.ReadLineAsync();
            long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
            while (!said.IsCompleted && !(text.EndsWith(" FILE", StringComparison.Ordinal) && File.Exists(Path.Combine(_place.WorkFolder, "FILE"))) && !(text.Contains("attach", StringComparison.Ordinal) && await IsConsoleOpenAsync()))
            {
                Assert.False(process.HasExited, $"{command} ended: {(process.HasExited ? await process.StandardError.ReadToEndAsync() : "")}");
                Assert.True(Environment.TickCount64 < end, $"{command} said nothing");
                await ToItsEndAsync(command, "fastring limit console --to-guest-bytes 1000000; fastring limit console --none"); // An event.
            }

            await EndToEnd.Programs.RunAsync("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync().WaitAsync(GuestRig.Patience);
            Assert.True(process.ExitCode is ExitCode.Ok or ExitCode.Interrupted, $"{command}: {process.ExitCode}");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private async Task<bool> IsConsoleOpenAsync() => ConsoleOpen().IsMatch(await EndToEnd.Programs.RunAsync("env", [.. _place.Environment, "fastring", "list", "--json"]));

    /// <summary>While it runs, a host program comes, says hello, hears it from who sends it, and leaves.</summary>
    private async Task InGuestAsync(string text)
    {
        await InShellAsync($"rm -f /tmp/exit; (PATH=$PATH:{Programs}; {text}; echo $? >/tmp/exit) </tmp/input >/tmp/output 2>&1 &");
        bool isEndless = text.StartsWith("fastring-guest run", StringComparison.Ordinal);
        if (text.Contains("org.example.0", StringComparison.Ordinal))
        {
            using NetworkStream client = await HostClients.ConnectAsync(_place.Put("/tmp/vm0-example.sock"));
            await client.WriteAsync("hello\n"u8.ToArray());
            if (Sends().IsMatch(text))
            {
                await client.ReadExactlyAsync(new byte[6]).AsTask().WaitAsync(GuestRig.Patience);
            }
        }

        if (isEndless)
        {
            await InShellAsync("killall -TERM fastring-guest");
        }

        string exit = await InShellAsync("i=0; until [ -s /tmp/exit ]; do i=$((i + 1)); [ $i -le 2000 ] || exit 1; usleep 10000; done; cat /tmp/exit");
        Assert.True(exit == (isEndless ? "130" : "0"), $"{text}: {exit}: {await InShellAsync("cat /tmp/output")}");
    }

    private async Task<string> InShellAsync(string command)
    {
        CommandResult result = await _linux.RunAsync(command, GuestRig.Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}\n{_linux.ConsoleText}");
        return result.Output.Trim();
    }

    [GeneratedRegex(@"\b4711\b")]
    private static partial Regex ProcessNumber();

    [GeneratedRegex("^fastring (attach|events|counters|top|record)\\b(?!.*--(once|count|for))")]
    private static partial Regex Endless();

    [GeneratedRegex("^fastring-guest (send|cat|run)")]
    private static partial Regex Sends();

    [GeneratedRegex("\"isConsole\":true[^}]*\"isHostOpen\":true")]
    private static partial Regex ConsoleOpen();
}
