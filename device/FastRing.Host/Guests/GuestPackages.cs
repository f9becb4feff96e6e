namespace FastRing.Host.Guests;

/// <summary>The programs a guest is made of, as found on this machine. A path is null when its package is not installed.</summary>
/// <param name="Kernel">The user-mode Linux kernel, <c>linux.uml</c>.</param>
/// <param name="ConsoleModule">That very kernel's <c>virtio_console.ko</c>.</param>
/// <param name="Busybox">The guest's shell and tools.</param>
/// <param name="Agent">The QEMU guest agent, <c>qemu-ga</c>.</param>
internal sealed record GuestPackages(string? Kernel, string? ConsoleModule, string? Busybox, string? Agent)
{
    private static readonly string[] ProgramFolders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin"];

    private static readonly string[] Packages = ["user-mode-linux", "busybox-static", "qemu-guest-agent"];

    /// <summary>The command that installs everything.</summary>
    public static string InstallCommand { get; } = $"apt-get install -y --no-install-recommends {string.Join(' ', Packages)}";

    /// <summary>One line that names what is missing and the command that installs it; null when nothing is missing.</summary>
    public string? Missing
    {
        get
        {
            List<string> missing = [];
            if (Kernel is null || ConsoleModule is null)
            {
                missing.Add(Kernel is null ? "user-mode-linux (linux.uml)" : "user-mode-linux (the kernel's virtio_console.ko)");
            }

            if (Busybox is null)
            {
                missing.Add("busybox-static (busybox)");
            }

            if (Agent is null)
            {
                missing.Add("qemu-guest-agent (qemu-ga)");
            }

            return missing.Count == 0 ? null : $"missing packages: {string.Join(", ", missing)}; install them with: {InstallCommand}";
        }
    }

    /// <summary>Looks for the programs in the usual folders and in PATH.</summary>
    public static async Task<GuestPackages> FindAsync(CancellationToken cancellationToken = default)
    {
        string? kernel = FindProgram("linux.uml");
        string? module = kernel is null ? null : await FindModuleAsync(kernel, cancellationToken).ConfigureAwait(false);
        return new GuestPackages(kernel, module, FindProgram("busybox"), FindProgram("qemu-ga"));
    }

    /// <summary>Installs the packages with apt-get; each of its lines goes to <paramref name="progress"/>.</summary>
    /// <returns>The packages as found afterwards.</returns>
    /// <exception cref="GuestException">Not root, no apt-get, or apt-get failed: says which in one line.</exception>
    public static async Task<GuestPackages> InstallAsync(Action<string> progress, CancellationToken cancellationToken = default)
    {
        string aptGet = FindProgram("apt-get")
            ?? throw new GuestException($"this machine has no apt-get: install {string.Join(", ", Packages)} with its own package manager");
        if (!Environment.IsPrivilegedProcess)
        {
            throw new GuestException($"installing packages needs root; run: sudo {InstallCommand}");
        }

        string[] install = InstallCommand.Split(' ')[1..];
        CommandResult result = await HostCommand.RunAsync(aptGet, install, progress, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            // A fresh machine has no package lists, or stale ones: fetch them and try once more.
            await HostCommand.RunAsync(aptGet, ["update"], progress, cancellationToken).ConfigureAwait(false);
            result = await HostCommand.RunAsync(aptGet, install, progress, cancellationToken).ConfigureAwait(false);
        }

        if (result.ExitCode != 0)
        {
            throw new GuestException($"apt-get failed with exit code {result.ExitCode}: {LastLine(result.Output)}");
        }

        return await FindAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string? FindProgram(string name)
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return path.Concat(ProgramFolders).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    private static async Task<string?> FindModuleAsync(string kernel, CancellationToken cancellationToken)
    {
        CommandResult version = await HostCommand.RunAsync(kernel, ["--version"], null, cancellationToken).ConfigureAwait(false);
        string module = $"/usr/lib/uml/modules/{version.Output.Trim()}/kernel/drivers/char/virtio_console.ko";
        return File.Exists(module) ? module : null;
    }

    private static string LastLine(string text) => text.TrimEnd().Split('\n')[^1];
}
