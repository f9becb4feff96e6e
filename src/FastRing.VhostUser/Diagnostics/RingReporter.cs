using System.Text.Json;
using FastRing.Diagnostics;

namespace FastRing.VhostUser.Diagnostics;

/// <summary>Tells of the rings of a server's session. The worker looks at a few at a time; words are made of it elsewhere.</summary>
internal sealed class RingReporter(IRingServer server) : IReporter
{
    private const int AtOnce = 8; // A ring takes some microseconds to look at.

    public string Device => server.Name;

    public async IAsyncEnumerable<(string Kind, string Json)> ReportAsync()
    {
        var looked = new List<RingReport>();
        bool areMore = true;
        for (int first = 0; areMore; first += AtOnce)
        {
            looked.Clear();
            await server.Worker.InvokeAsync(() => areMore = server.Look(first, AtOnce, looked)).ConfigureAwait(false);
            foreach (RingReport report in looked)
            {
                yield return (RingReport.Kind, JsonSerializer.Serialize(report, RingReportJson.Default.RingReport));
            }
        }
    }
}
