using System.CommandLine;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Commands;

/// <summary><c>fastring reload</c>: has the daemon read its configuration file again.</summary>
internal static class ReloadCommand
{
    public static Command Create() =>
        ClientCommand.Of(new Command("reload", "Have the daemon read its configuration file again; what did not change is left alone."), RunAsync);

    /// <summary>A line a change, and one that counts the rest.</summary>
    public static IEnumerable<string> Lines(ReloadResult result) =>
        [
            .. result.Added.Select(name => $"added {name}"),
            .. result.Removed.Select(name => $"removed {name}"),
            .. result.Changed.Select(name => $"changed {name}"),
            $"unchanged {result.Unchanged}",
        ];

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        ReloadResult result = await api.PostAsync(ApiRoutes.Reload, ClientJson.Default.ReloadResult, cancellation);
        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(result, ClientJson.Default.ReloadResult);
            return ExitCode.Ok;
        }

        foreach (string line in Lines(result))
        {
            Output.Line(PlainText.Of(line));
        }

        return ExitCode.Ok;
    }
}
