using FastRing.Native.Tests.Support;

namespace FastRing.Native.Tests.Embedding;

/// <summary>The example monitor.</summary>
public sealed class VmmExampleTests
{
    [Fact]
    public async Task A_guest_is_moved_in_the_middle_of_a_sentence_and_no_byte_is_lost()
    {
        string said = await Shell.RunAsync(Path.Combine(AppContext.BaseDirectory, "fastring-vmm"), []);

        Assert.Equal(
            """
            100 lines, 100 answers
            moved: 6 queues and 4 MiB of memory
            200 lines, 200 answers

            """,
            said);
    }
}
