using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace FastRing.Perf;

/// <summary>libfastring.so, published and installed into the user's cache, and C programs that use it.</summary>
internal sealed class NativeLibrary : IDisposable
{
    private readonly DirectoryInfo _programs = Directory.CreateTempSubdirectory("fastring-abi-");
    private readonly string _prefix;

    public NativeLibrary()
    {
        string root = Repository.Root;
        string checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)).AsSpan(0, 6));
        string folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "fastring", $"native-{checkout}");
        string output = Path.Combine(folder, "out");
        _prefix = Path.Combine(folder, "prefix");
        Progress.Say("publishing libfastring.so");
        Shell.Run(
            root,
            "dotnet",
            "publish", "interop/FastRing.Native", "-c", "Release", "-r", $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}",
            "-p:PublishAot=true", "-p:IncludeSourceRevisionInInformationalVersion=false", "-o", output, "--artifacts-path", Path.Combine(folder, "artifacts"), "-v", "quiet", "--nologo");
        Shell.Run(root, "bash", "interop/FastRing.Native/install.sh", output, _prefix);
    }

    /// <summary>The library's file.</summary>
    public string File => Path.Combine(_prefix, "lib", "libfastring.so.1");

    /// <summary>Compiles one of the programs beside this one.</summary>
    /// <param name="name">Its name, without its ending.</param>
    /// <param name="isLinked">False: it loads the library itself.</param>
    public string Compile(string name, bool isLinked)
    {
        string program = Path.Combine(_programs.FullName, name);
        string[] linked = isLinked ? [$"-L{_prefix}/lib", "-lfastring", $"-Wl,-rpath,{_prefix}/lib"] : [];
        Shell.Run(_programs.FullName, "gcc", ["-std=gnu11", "-O2", $"-I{_prefix}/include", Path.Combine(AppContext.BaseDirectory, "Abi", $"{name}.c"), "-o", program, .. linked]);
        return program;
    }

    public void Dispose() => _programs.Delete(recursive: true);
}
