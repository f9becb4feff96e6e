using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FastRing.Host.Management.Routes;

/// <summary>What happens, as server-sent events (HTML standard, 9.2).</summary>
internal sealed class EventRoutes(ServedGuests guests, EventFeed events, CancellationToken stopping)
{
    private const string LastEventId = "Last-Event-ID";

    // A line for proxies and readers that want to know whether the daemon is still there.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    public void Map(RouteGroupBuilder v1) =>
        v1.MapGet("/events", StreamAsync).WithName("streamEvents")
            .WithSummary("What happens, from now on, or after the event of Last-Event-ID as far back as the last 1024. Gaps in the numbers say that the reader was too slow.")
            .Produces<EventRecord>(StatusCodes.Status200OK, "text/event-stream").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);

    private async Task StreamAsync(HttpContext context, string? guest, [FromHeader(Name = LastEventId)] string? lastEventId)
    {
        string? only = guest is null ? null : guests.Guest(guest).Config.DisplayName;
        long last = lastEventId is null ? events.Last : Number(lastEventId);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await BeginAsync(context, ended.Token);
            await WriteAllAsync(context.Response.BodyWriter, last, only, ended.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader left, or the daemon ends: so does the stream.
        }
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw new ProblemException(StatusCodes.Status400BadRequest, $"{LastEventId} is the number of an event");

    /// <summary>The answer begins at once, whether anything happens or not; and a reader that stops reading for a while is not cut off.</summary>
    private static async Task BeginAsync(HttpContext context, CancellationToken ended)
    {
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.StartAsync(ended);
        await context.Response.BodyWriter.FlushAsync(ended);
    }

    private async Task WriteAllAsync(PipeWriter writer, long last, string? guest, CancellationToken ended)
    {
        var records = new List<EventRecord>();
        while (true)
        {
            records.Clear();
            (last, Task more) = events.Read(last, guest, records);
            foreach (EventRecord record in records)
            {
                Write(writer, record);
                await writer.FlushAsync(ended);
            }

            if (records.Count == 0 && !await HappensAsync(more, ended))
            {
                writer.Write(": nothing happened\n\n"u8);
                await writer.FlushAsync(ended);
            }
        }
    }

    private static async Task<bool> HappensAsync(Task more, CancellationToken ended)
    {
        try
        {
            await more.WaitAsync(s_silence, ended);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static void Write(PipeWriter writer, EventRecord record)
    {
        writer.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {record.Number}\nevent: {record.Kind}\ndata: ")));
        using (var json = new Utf8JsonWriter(writer))
        {
            JsonSerializer.Serialize(json, record, ApiJson.Wire.EventRecord);
        }

        writer.Write("\n\n"u8);
    }
}
