using System.Text.Json;
using FastRing.Native.Tests.Support;

namespace FastRing.Native.Tests;

/// <summary>What the library costs whoever loads it. Times are printed, not judged: `bench/FastRing.Perf -- abi` is for those.</summary>
public sealed class FigureTests
{
    private const int MostBytes = 6 << 20;
    private const int MostResidentKiB = 16 << 10;

    [Fact]
    public async Task It_is_small_and_allocates_nothing_while_rings_work()
    {
        using var folder = new TemporaryFolder();
        string library = await InstalledLibrary.FileAsync();
        string program = await CProgram.CompileAsync("figures", folder);
        string figures = await Shell.RunAsync(program, [library]);
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        using JsonDocument read = JsonDocument.Parse(figures);
        JsonElement root = read.RootElement;

        Assert.Equal(0, root.GetProperty("allocatedBytes").GetInt64());
        Assert.Equal(0, root.GetProperty("collections").GetInt64());
        Assert.InRange(root.GetProperty("residentKiB").GetInt64(), 1, MostResidentKiB);
        Assert.InRange(new FileInfo(library).Length, 1, MostBytes);
        Assert.Equal(["figures", ".NET Finalizer", "worker"], root.GetProperty("threads").EnumerateArray().Select(thread => thread.GetString()));
    }
}
