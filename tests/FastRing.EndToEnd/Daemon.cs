using System.Diagnostics;
using FastRing.Interop.Sandbox;

namespace FastRing.EndToEnd;

/// <summary>A running <c>fastring serve</c>.</summary>
internal sealed class Daemon : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _log = [];

    private Daemon(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Heard(line.Data);
        process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>What it has logged so far.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>What <c>serve</c> is started with here: anything it has no use for, and does, ends it, where the kernel has what that takes. FASTRING_SANDBOX may say otherwise.</summary>
    public static string Sandbox { get; } = Environment.GetEnvironmentVariable("FASTRING_SANDBOX") ?? (LandlockRuleset.Abi > 0 ? "strict" : "on");

    /// <summary>Starts the program, or another one that ends up running it, and waits until it serves.</summary>
    public static async Task<Daemon> StartAsync(IReadOnlyList<string> arguments, string? program = null)
    {
        Daemon daemon = Begin(arguments, program);
        await daemon.UntilServingAsync();
        return daemon;
    }

    /// <summary>Starts it and does not wait.</summary>
    public static Daemon Begin(IReadOnlyList<string> arguments, string? program = null) => new(Programs.Start(program ?? Programs.FastRing, InSandbox([.. arguments])));

    public Task UntilServingAsync() => _serving.Task.WaitAsync(GuestRig.Patience);

    /// <summary>Waits until a line of the log has all of these in it.</summary>
    public async Task UntilLogAsync(params string[] parts)
    {
        long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
        while (!Log.Any(line => parts.All(p => line.Contains(p, StringComparison.Ordinal))))
        {
            Assert.True(Environment.TickCount64 < end, $"not in the log: {string.Join(" ... ", parts)}; but: {string.Join(" | ", Log)}");
            await Task.Delay(20);
        }
    }

    /// <summary>Sends SIGTERM and waits.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        await Programs.RunAsync("kill", ["-TERM", $"{_process.Id}"]);
        return await WaitExitAsync();
    }

    public async Task<int> WaitExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(GuestRig.Patience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private static List<string> InSandbox(List<string> arguments)
    {
        int serve = arguments.IndexOf("serve");
        if (serve >= 0 && !arguments.Contains("--sandbox"))
        {
            arguments.InsertRange(serve + 1, ["--sandbox", Sandbox]);
        }

        return arguments;
    }

    private void Heard(string? line)
    {
        lock (_log)
        {
            _log.Add(line ?? "(end)");
        }

        if (line is null)
        {
            _serving.TrySetException(new IOException($"the daemon ended: {string.Join(" | ", Log)}"));
        }
        else if (line.Contains("serving", StringComparison.Ordinal))
        {
            _serving.TrySetResult();
        }
    }
}
