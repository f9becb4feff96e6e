namespace FastRing.Host.Guests;

/// <summary>The shared libraries a program needs, its loader included.</summary>
internal static class SharedLibraries
{
    /// <summary>Asks <c>ldd</c>. A static program needs none.</summary>
    /// <returns>Absolute paths, at which the guest's loader will look for them too.</returns>
    /// <exception cref="GuestException">A library is not on this machine.</exception>
    public static async Task<IReadOnlyList<string>> OfAsync(string program, CancellationToken cancellationToken)
    {
        CommandResult ldd = await HostCommand.RunAsync("ldd", [program], null, cancellationToken).ConfigureAwait(false);
        if (ldd.ExitCode != 0)
        {
            return [];
        }

        List<string> libraries = [];
        foreach (string line in ldd.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.EndsWith("not found", StringComparison.Ordinal))
            {
                throw new GuestException($"{program} needs a library this machine lacks: {line}");
            }

            if (PathIn(line) is { } path)
            {
                libraries.Add(path);
            }
        }

        return libraries;
    }

    // "libm.so.6 => /lib/libm.so.6 (0x7f..)", "/lib64/ld-linux-x86-64.so.2 (0x7f..)" or "linux-vdso.so.1 (0x7f..)", which is no file.
    private static string? PathIn(string line) => line.Split(' ').FirstOrDefault(word => word.StartsWith('/'));
}
