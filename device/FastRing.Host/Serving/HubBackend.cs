using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Hubs;

namespace FastRing.Host.Serving;

/// <summary>The backends <c>hub</c> and <c>ring</c>: what their text says.</summary>
internal static class HubBackend
{
    /// <summary>The options of a hub, beside those of its socket.</summary>
    public static readonly string[] Options = ["scrollback", "observers", "buffer", "writer", "patience-ms"];

    public static HubOptions Hub(BackendText text)
    {
        const int MostObservers = 100_000;
        const int LongestPatience = 60_000;
        var usual = new HubOptions();
        return usual with
        {
            Scrollback = Size(text, "scrollback", 0, HubOptions.LargestSize) ?? usual.Scrollback,
            Buffer = Size(text, "buffer", 4096, HubOptions.LargestSize) ?? usual.Buffer,
            Observers = text.Number("observers", 1, MostObservers) ?? usual.Observers,
            Writer = text.Text("writer") switch
            {
                null or "first" => HubWriter.First,
                "none" => HubWriter.None,
                { } other => throw text.Wrong($"writer={other}: expected first or none"),
            },
            Patience = text.Number("patience-ms", 0, LongestPatience) is { } patience ? TimeSpan.FromMilliseconds(patience) : usual.Patience,
        };
    }

    public static int RingSize(BackendText text)
    {
        long size = text.HasColon ? text.Size(text.Address, "", 1) : RingEndpoint.DefaultSize;
        return size <= RingEndpoint.LargestSize ? (int)size : throw text.Wrong("expected a size of 1G or less");
    }

    private static int? Size(BackendText text, string option, long least, long most) => text.Size(option, least) is not { } size ? null
        : size <= most ? (int)size
        : throw text.Wrong($"{option}={text.Text(option)}: expected a size of {most >> 20}M or less");
}
