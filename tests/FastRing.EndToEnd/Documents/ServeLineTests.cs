namespace FastRing.EndToEnd.Documents;

/// <summary>The daemons of the documents.</summary>
public sealed class ServeLineTests
{
    public static TheoryData<string, string> Lines =>
        [.. DocumentedCommand.Of(nameof(Every_line_that_serves_does_and_ends_in_order)).Select(c => (c.Block.Document, c.Text)).DistinctBy(c => c.Text.Contains("--config", StringComparison.Ordinal) ? $"{c.Document} {c.Text}" : c.Text)];

    public static TheoryData<string, int> Configurations => [.. CodeBlock.All.Select(b => b.Document).Distinct().SelectMany(Place.ConfigurationsOf).Select(b => (b.Document, b.Line))];

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Every_line_that_serves_does_and_ends_in_order(string document, string line)
    {
        using var place = new Place();
        place.Configure(document);
        using Daemon daemon = await place.ServeAsync(line);
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Every_configuration_file_is_served(string document, int line)
    {
        using var place = new Place();
        place.Configure(document);
        string config = CodeBlock.All.Single(b => b.Document == document && b.Line == line).Text;
        await File.WriteAllTextAsync(Path.Combine(place.WorkFolder, "guests.json"), place.Put(config));
        using Daemon daemon = await place.ServeAsync("fastring serve --config guests.json");
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task A_kept_daemon_is_upgraded_as_the_document_says()
    {
        using var place = new Place();
        place.Configure("docs/keeping.md");
        using Daemon daemon = await place.ServeAsync("fastring serve --keep --config guests.json");
        foreach (DocumentedCommand command in DocumentedCommand.Of(nameof(A_kept_daemon_is_upgraded_as_the_document_says)))
        {
            await Programs.RunAsync("env", [.. place.Environment, "bash", "-c", command.Text]);
        }

        await daemon.UntilLogAsync("keeper: upgrade by user");
        Assert.Equal(0, await daemon.TerminateAsync());
    }
}
