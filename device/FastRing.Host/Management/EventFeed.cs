using System.Text.Json;
using System.Threading.Channels;
using FastRing.Console.Ports;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Management;

/// <summary>
/// What happens to the guests, for any number of readers, each at its own pace. Workers only leave a note; one task of the daemon makes records of them. The
/// last <see cref="Kept"/> records are kept once for all: who falls behind further than that goes on with the oldest, and sees it by the number.
/// </summary>
internal sealed class EventFeed : IAsyncDisposable
{
    /// <summary>Records that a reader can still ask for.</summary>
    public const int Kept = 1024;

    private const int MostNotes = 4096;

    // A guest may open and close a port as often as it likes: records are made in batches, and what does not fit one is counted only.
    private static readonly TimeSpan s_betweenBatches = TimeSpan.FromMilliseconds(5);

    private static readonly string[] s_kinds = [.. Enum.GetNames<PortEventKind>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    private readonly Channel<Note> _notes;
    private readonly EventRecord[] _kept = new EventRecord[Kept];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _recording;
    private TaskCompletionSource _recorded = NewSignal();
    private long _count;
    private long _lost;
    private long _last;

    public EventFeed()
    {
        _notes = Channel.CreateBounded<Note>(
            new BoundedChannelOptions(MostNotes) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Interlocked.Increment(ref _lost));
        _recording = Task.Run(RecordAsync);
    }

    /// <summary>Number of the last record; 0: there was none yet.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Something happened to a port, or to its device. Any thread; a note costs no memory.</summary>
    public void Tell(string guest, PortEvent happened) =>
        _notes.Writer.TryWrite(new Note(DateTimeOffset.UtcNow, guest, happened.Port?.Name, happened.Port?.Id, s_kinds[(int)happened.Kind], happened.Detail));

    /// <summary>Something happened to a guest. Any thread.</summary>
    public void Tell(string guest, string kind, string? detail = null) => _notes.Writer.TryWrite(new Note(DateTimeOffset.UtcNow, guest, null, null, kind, detail));

    /// <summary>Reads on.</summary>
    /// <param name="after">Number of the last record that was read.</param>
    /// <param name="guest">Only what concerns this guest; null: everything.</param>
    /// <param name="records">Where they are added.</param>
    /// <returns>Number of the last record looked at, to go on from; the second: completes when there is more.</returns>
    public (long Last, Task More) Read(long after, string? guest, List<EventRecord> records)
    {
        lock (_lock)
        {
            // A number from another daemon's life means all there is of this one.
            after = after > _last ? 0 : after;
            for (long i = Math.Max(_count - Kept, 0); i < _count; i++)
            {
                EventRecord record = _kept[i % Kept];
                if (record.Number > after && (guest is null || record.Guest == guest))
                {
                    records.Add(record);
                }
            }

            return (_last, _recorded.Task);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _recording;
        _stop.Dispose();
    }

    private async Task RecordAsync()
    {
        try
        {
            while (await _notes.Reader.WaitToReadAsync(_stop.Token))
            {
                Record();
                await Task.Delay(s_betweenBatches, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon ends.
        }
    }

    private void Record()
    {
        TaskCompletionSource recorded;
        lock (_lock)
        {
            for (int left = MostNotes; left > 0 && _notes.Reader.TryRead(out Note note); left--)
            {
                long number = ++_last + Interlocked.Exchange(ref _lost, 0);
                _last = number;
                _kept[_count++ % Kept] = new EventRecord(number, note.Time, note.Guest, note.Port, note.Id, note.Kind, note.Detail);
            }

            recorded = _recorded;
            _recorded = NewSignal();
        }

        recorded.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly record struct Note(DateTimeOffset Time, string Guest, string? Port, int? Id, string Kind, string? Detail);
}
