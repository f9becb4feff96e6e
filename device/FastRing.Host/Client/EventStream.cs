using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Client;

/// <summary>The daemon's events as they happen (server-sent events).</summary>
internal static class EventStream
{
    /// <summary>Those of one guest, or of all.</summary>
    /// <param name="api">The daemon.</param>
    /// <param name="guest">Null: all guests.</param>
    /// <param name="after">Begin behind this number, as far as the daemon remembers; null: with what happens from now on.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ApiException">The daemon ended, or says something that is no event.</exception>
    public static async IAsyncEnumerable<EventRecord> ReadAsync(ApiClient api, string? guest, long? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using Stream stream = await api.OpenAsync(ApiRoutes.Events(guest), after, cancellation);
        IAsyncEnumerator<SseItem<EventRecord>> items = SseParser.Create(new BoundedEvents(stream), (_, data) => Parse(data)).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation);
        await using (items.ConfigureAwait(false))
        {
            while (await NextAsync(api, items))
            {
                yield return items.Current.Data;
            }
        }

        throw ApiException.NoDaemon("the daemon ended the stream of events");
    }

    private static async ValueTask<bool> NextAsync(ApiClient api, IAsyncEnumerator<SseItem<EventRecord>> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (InvalidDataException e)
        {
            throw ApiException.Failed($"the daemon's stream of events: {e.Message}");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw api.Broken(e);
        }
    }

    private static EventRecord Parse(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, ClientJson.Default.EventRecord) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"not an event: {PlainText.Of(e.Message)}");
        }
    }
}
