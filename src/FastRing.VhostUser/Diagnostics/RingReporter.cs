using System.Text.Json;
using FastRing.Diagnostics;
using FastRing.VhostUser.Backend;

namespace FastRing.VhostUser.Diagnostics;

/// <summary>Tells of the rings of a backend's session. The worker looks at a few at a time; words are made of it elsewhere.</summary>
internal sealed class RingReporter(VhostUserBackend backend) : IReporter
{
    private const int AtOnce = 8; // A ring takes some microseconds to look at.

    public string Device => backend.Name;

    public async IAsyncEnumerable<(string Kind, string Json)> ReportAsync()
    {
        var looked = new List<RingReport>();
        bool areMore = true;
        for (int first = 0; areMore; first += AtOnce)
        {
            looked.Clear();
            await backend.Worker.InvokeAsync(() => areMore = backend.Look(first, AtOnce, looked)).ConfigureAwait(false);
            foreach (RingReport report in looked)
            {
                yield return (RingReport.Kind, JsonSerializer.Serialize(report, RingReportJson.Default.RingReport));
            }
        }
    }
}
