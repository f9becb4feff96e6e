using System.Text.Json;
using FastRing.Diagnostics;

namespace FastRing.Console.Diagnostics;

/// <summary>Tells of the ports of a device. The worker looks at a few at a time; words are made of it elsewhere.</summary>
internal sealed class PortReporter(ConsoleDevice device) : IReporter
{
    private const int AtOnce = 16;

    public string Device => device.Name;

    public async IAsyncEnumerable<(string Kind, string Json)> ReportAsync()
    {
        var looked = new List<PortReport>();
        bool areMore = true;
        for (int first = 0; areMore; first += AtOnce)
        {
            looked.Clear();
            await device.Worker.InvokeAsync(() => areMore = device.Look(first, AtOnce, looked)).ConfigureAwait(false);
            foreach (PortReport report in looked)
            {
                yield return (PortReport.Kind, JsonSerializer.Serialize(report, PortReportJson.Default.PortReport));
            }
        }
    }
}
