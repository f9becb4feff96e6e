using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using Spectre.Console;

namespace FastRing.Host.Commands;

/// <summary><c>fastring top</c>: what passes each port now.</summary>
internal static class TopCommand
{
    private static readonly Option<bool> Once = new("--once") { Description = "Show one interval and end." };
    private static readonly Option<double> Interval = new("--interval")
    {
        Description = "Seconds between two looks, 0.1 to 3600.",
        HelpName = "S",
        DefaultValueFactory = _ => 1,
        CustomParser = Seconds,
    };

    public static Command Create() =>
        ClientCommand.Of(new Command("top", "Show what passes each port, the busiest first, until interrupted.") { Once, Interval }, RunAsync);

    /// <summary>A row a port.</summary>
    public static Table TableOf(TopSample sample)
    {
        Table table = Output.Columns("GUEST", "NAME", "TO HOST/S", "TO GUEST/S", "TO HOST", "TO GUEST", "DISCARDED", "WAITS FOR");
        foreach (TopPort port in sample.Ports)
        {
            table.Row(
                port.Guest, port.Name, PortText.Bytes(port.ToHostPerSecond), PortText.Bytes(port.ToGuestPerSecond),
                PortText.Bytes(port.BytesToHost), PortText.Bytes(port.BytesToGuest), PortText.Bytes(port.BytesDiscarded), port.Waits);
        }

        return table;
    }

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CancellationToken cancellation)
    {
        IAsyncEnumerable<TopSample> samples = SamplesAsync(api, TimeSpan.FromSeconds(parsed.GetValue(Interval)), cancellation);
        bool once = parsed.GetValue(Once);
        if (parsed.GetValue(ClientCommand.Json))
        {
            await ShowAsync(samples, once, sample => Output.Json(sample, ClientJson.Default.TopSample));
        }
        else if (once || System.Console.IsOutputRedirected)
        {
            await ShowAsync(samples, once, sample => Output.Show(TableOf(sample)));
        }
        else
        {
            await Output.Console().Live(Output.Columns("first look")).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(
                context => ShowAsync(samples, once: false, sample => context.UpdateTarget(TableOf(sample))));
        }

        return ExitCode.Ok;
    }

    private static async Task ShowAsync(IAsyncEnumerable<TopSample> samples, bool once, Action<TopSample> show)
    {
        await foreach (TopSample sample in samples)
        {
            show(sample);
            if (once)
            {
                return;
            }
        }
    }

    private static async IAsyncEnumerable<TopSample> SamplesAsync(
        ApiClient api, TimeSpan interval, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        IReadOnlyList<GuestState> before = await PortFinder.GuestsAsync(api, cancellation);
        for (long looked = Stopwatch.GetTimestamp(); ;)
        {
            await Task.Delay(interval, cancellation);
            IReadOnlyList<GuestState> after = await PortFinder.GuestsAsync(api, cancellation);
            long now = Stopwatch.GetTimestamp();
            yield return TopSample.Between(before, after, DateTimeOffset.UtcNow, Stopwatch.GetElapsedTime(looked, now).TotalSeconds);
            (before, looked) = (after, now);
        }
    }

    private static double Seconds(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0.1 and <= 3600)
        {
            return seconds;
        }

        result.AddError($"--interval {text}: expected seconds, 0.1 to 3600");
        return 1;
    }
}
