using System.Diagnostics;

namespace FastRing.Host.Guests;

/// <summary>
/// A real Linux guest under user-mode Linux, with a shell that runs commands, and FastRing's devices on its virtio bus. Needs neither
/// root nor KVM. Dispose it: that kills it whatever it does.
/// </summary>
internal sealed class UmlGuest : IAsyncDisposable
{
    private readonly UmlGuestOptions _options;
    private readonly GuestProcess _process;
    private readonly GuestConsole _console;
    private readonly long _started;

    private UmlGuest(UmlGuestOptions options, GuestProcess process, long started)
    {
        _options = options;
        _process = process;
        _started = started;
        _console = new GuestConsole(process.Input, process.Output, options.ConsoleLog);
    }

    /// <summary>The time since the guest was started.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>The guest's kernel, as a process of this machine.</summary>
    public int ProcessId => _process.Id;

    /// <summary>The last part of what the guest's console showed.</summary>
    public string ConsoleText => _console.Text;

    /// <summary>Starts a guest; it boots while this returns.</summary>
    /// <exception cref="GuestException">A device socket does not exist, or linux.uml cannot be started.</exception>
    public static UmlGuest Start(GuestRoot root, UmlGuestOptions options)
    {
        if (options.DeviceSockets.FirstOrDefault(socket => !File.Exists(socket)) is { } missing)
        {
            throw new GuestException($"there is no vhost-user socket {missing}: start the device before the guest");
        }

        string folder = Directory.CreateTempSubdirectory("fastring-guest-").FullName;
        try
        {
            IReadOnlyList<string> words = KernelCommandLine.For(root, options, folder);
            string memoryFolder = GuestMemoryFolder.For(options.MemoryMiB);
            long started = Stopwatch.GetTimestamp();
            return new UmlGuest(options, GuestProcess.Start(root.Kernel, words, memoryFolder, options.Processor, folder), started);
        }
        catch (GuestException)
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Waits until the guest's shell takes commands and <see cref="UmlGuestOptions.WaitPorts"/>, if any, have their links.</summary>
    /// <param name="timeout">From now.</param>
    /// <param name="boot">1 for the first boot, 2 after a reboot, and so on.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="GuestException">The guest ended, was too slow, or did not get all of its devices.</exception>
    public async Task WaitReadyAsync(TimeSpan timeout, int boot = 1, CancellationToken cancellationToken = default)
    {
        int devices;
        try
        {
            devices = await _console.WaitBootAsync(boot).WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            string hint = _options.DeviceSockets.Count > 0 ? " (it waits for ever for a device that accepts and does not answer)" : "";
            throw _console.Failure($"the guest was not ready after {timeout.TotalSeconds:0.#} s{hint}");
        }

        if (devices != _options.DeviceSockets.Count)
        {
            const string VirtioLog = "dmesg | grep -v 'ommand line' | grep -i virtio | tail -n 4";
            CommandResult log = await RunAsync(VirtioLog, timeout, cancellationToken).ConfigureAwait(false);
            string said = log.Output.Trim().ReplaceLineEndings(" | ");
            throw new GuestException($"the guest has {devices} of {_options.DeviceSockets.Count} virtio devices; its kernel says: {said}");
        }
    }

    /// <summary>Runs a command in the guest's shell, as root, in a subshell of its own: variables and folders do not carry over.</summary>
    /// <param name="shellCommand">One or more lines. What is started with &amp; keeps running.</param>
    /// <param name="timeout">After it the command gets ^C and the call fails.</param>
    /// <param name="cancellationToken">Ends the command in the same way.</param>
    /// <returns>The exit status and the exact output.</returns>
    /// <exception cref="GuestException">Timeout, or the guest ended or rebooted meanwhile.</exception>
    public Task<CommandResult> RunAsync(string shellCommand, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _console.RunAsync(shellCommand, timeout, cancellationToken);

    /// <summary>Waits until the guest has ended by itself.</summary>
    /// <returns>0 after a shutdown, 134 after a kernel panic.</returns>
    /// <exception cref="GuestException">It still runs after <paramref name="timeout"/>.</exception>
    public async Task<int> WaitExitAsync(TimeSpan timeout)
    {
        using CancellationTokenSource expiry = new(timeout);
        try
        {
            return await _process.WaitExitAsync(expiry.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw _console.Failure($"the guest still runs after {timeout.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Switches the guest off from within and waits for its end.</summary>
    /// <returns>As <see cref="WaitExitAsync"/>.</returns>
    public async Task<int> PowerOffAsync(TimeSpan timeout)
    {
        await _console.TypeAsync("poweroff -f").ConfigureAwait(false);
        return await WaitExitAsync(timeout).ConfigureAwait(false);
    }

    /// <summary>Kills the guest's whole process group and removes its temporary folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        await _console.DisposeAsync().ConfigureAwait(false);
    }
}
