namespace FastRing.EndToEnd.Documents;

/// <summary>What people type after a document, one after the other, as it stands there.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("docs")]
    public async Task Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says(string documents)
    {
        DocumentedCommand[] commands =
        [
            .. DocumentedCommand.Of(nameof(Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says)).Where(c => c.Block.Document == documents || (documents == "docs" && c.Block.Document != "README.md"))
                .DistinctBy(c => c.Text),
        ];
        Assert.NotEmpty(commands);
        await using DocumentedGuest guest = await DocumentedGuest.StartAsync(documents);
        foreach (DocumentedCommand command in commands)
        {
            await guest.RunAsync(command);
        }
    }
}
