using FastRing.Native.Tests.Support;

namespace FastRing.Native.Tests;

/// <summary>The library called from C, rightly and wrongly: the programs check, and name the line that failed.</summary>
public sealed class CallTests
{
    private static readonly string[] Sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];

    [Theory]
    [InlineData("rings")]
    [InlineData("misuse")]
    public async Task Calls_from_C_do_what_the_header_says(string program)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("ok\n", await Shell.RunAsync(await CProgram.CompileAsync(program, folder), []));
    }

    // What the runtime allocates once and keeps is no leak.
    [Theory]
    [InlineData("rings")]
    [InlineData("misuse")]
    public async Task The_same_calls_pass_the_sanitizers_for_addresses_and_undefined_behaviour(string program)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("ok\n", await Shell.RunAsync(await CProgram.CompileAsync(program, folder, null, Sanitizers), [], options: "ASAN_OPTIONS=detect_leaks=0"));
    }

    [Fact]
    public async Task Rings_touch_no_memory_that_valgrind_knows_nothing_of()
    {
        using var folder = new TemporaryFolder();
        string program = await CProgram.CompileAsync("rings", folder);
        Assert.Equal("ok\n", await Shell.RunAsync("valgrind", ["-q", "--error-exitcode=9", program, "without-loss"]));
    }
}
