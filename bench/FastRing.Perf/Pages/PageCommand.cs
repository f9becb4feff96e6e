using System.CommandLine;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.Perf.Pages;

/// <summary><c>report</c>: what was kept, as one page of HTML.</summary>
internal static class PageCommand
{
    public static Command Create()
    {
        Option<string?> output = new("--output") { Description = "The page; by default report.html in the folder of the results.", HelpName = "FILE" };
        Option<string?> results = new("--results") { Description = "The folder with the results; by default the checkout's perf-results.", HelpName = "FOLDER" };
        var command = new Command("report", "Makes one page of HTML of everything in perf-results/: it needs no network, no scripts and no other file.") { output, results };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(results) ?? Path.Combine(Repository.Root, "perf-results"), parsed.GetValue(output)));
        return command;
    }

    private static async Task<int> RunAsync(string results, string? output)
    {
        try
        {
            string file = Path.GetFullPath(output ?? Path.Combine(results, "report.html"));
            SavedRuns saved = SavedRuns.Read(results);
            foreach (string line in saved.Unread)
            {
                System.Console.Error.WriteLine($"report: left out: {line}");
            }

            await File.WriteAllTextAsync(file, await HtmlAsync(saved));
            System.Console.WriteLine(new Uri(file).AbsoluteUri);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            System.Console.Error.WriteLine($"report: {e.Message}");
            return 2;
        }
    }

    private static async Task<string> HtmlAsync(SavedRuns saved)
    {
        await using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(ResultPage.Saved)] = saved });
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<ResultPage>(parameters)).ToHtmlString());
    }
}
