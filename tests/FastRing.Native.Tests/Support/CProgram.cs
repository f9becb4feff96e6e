namespace FastRing.Native.Tests.Support;

/// <summary>Compiles C programs as pkg-config says.</summary>
internal static class CProgram
{
    /// <summary>Compiles one of this project's programs.</summary>
    /// <param name="name">The program's, without its ending.</param>
    /// <param name="folder">Gets it.</param>
    /// <param name="header">A folder with another fastring.h; null: the installed one.</param>
    /// <param name="flags">Flags for the compiler.</param>
    /// <returns>Its path.</returns>
    public static Task<string> CompileAsync(string name, TemporaryFolder folder, string? header = null, params string[] flags) =>
        CompileFileAsync(Path.Combine(InstalledLibrary.Tests, "C", $"{name}.c"), folder[name], header, flags);

    public static async Task<string> CompileFileAsync(string source, string program, string? header = null, params string[] flags)
    {
        string prefix = await InstalledLibrary.Prefix;
        string found = await Shell.RunAsync("pkg-config", ["--cflags", "--libs", "fastring"], options: $"PKG_CONFIG_PATH={prefix}/lib/pkgconfig");
        await Shell.RunAsync(
            "gcc",
            [
                "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", .. flags, .. header is null ? Array.Empty<string>() : ["-I", header],
                source, "-o", program, .. found.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), "-pthread", $"-Wl,-rpath,{prefix}/lib",
            ]);
        return program;
    }
}
