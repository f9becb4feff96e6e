using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Recording;

/// <summary>
/// Writes down what happens to a port: a line of JSON an event. The worker writes into memory and never waits: while more than <see cref="RecordingOptions.MostUnread"/> bytes have not been
/// read, events are counted only.
/// </summary>
internal sealed class PortRecorder(RecordingOptions options) : IDisposable
{
    private const int MostPayload = 32 << 10; // Of one line.

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // All but tab, line feed and carriage return.
    private static readonly SearchValues<byte> s_control = SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c is not (9 or 10 or 13)).Append(127).Select(c => (byte)c)]);

    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false)); // Bounded by what is unread, below.
    private readonly byte[] _payload = new byte[MostPayload];
    private readonly long _start = Stopwatch.GetTimestamp();
    private Utf8JsonWriter? _json;
    private int _gathered;
    private long _unread;
    private long _lost;

    /// <summary>The reader's side: writes all of it to a stream, until <see cref="Dispose"/>. Any thread.</summary>
    public async Task CopyToAsync(Stream destination)
    {
        PipeReader reader = _pipe.Reader;
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync().ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                {
                    await destination.WriteAsync(piece).ConfigureAwait(false);
                }

                await destination.FlushAsync().ConfigureAwait(false);
                Interlocked.Add(ref _unread, -read.Buffer.Length);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The first line.</summary>
    public void Begin(Port port, string device)
    {
        _json = new Utf8JsonWriter(_pipe.Writer, s_json);
        JsonSerializer.Serialize(_json, new RecordingHeader(
            RecordingHeader.ThisFormat, RecordingHeader.ThisVersion, device, port.Name, port.Id, port.IsConsole, DateTimeOffset.UtcNow, options.WithPayload, port.IsGuestOpen, port.IsHostOpen), RecordingJson.Default.RecordingHeader);
        EndLine();
    }

    /// <summary>Nothing more comes.</summary>
    public void Dispose()
    {
        if (_lost > 0)
        {
            WriteLost();
        }

        _json?.Dispose();
        _pipe.Writer.Complete();
    }

    /// <summary>A control message of the driver's.</summary>
    public void FromDriver(in ControlMessage message) => Control(RecordedParty.Driver, message, default);

    /// <summary>A control message of the device's, with what follows it.</summary>
    public void FromDevice(ReadOnlySpan<byte> message) => Control(RecordedParty.Device, ControlMessage.Read(message), message[ControlMessage.SizeBytes..]);

    /// <summary>The driver is gone, or starts anew.</summary>
    public void DriverReset()
    {
        if (TryBegin(RecordedParty.Driver))
        {
            _json!.WriteBoolean("reset"u8, true);
            EndEvent();
        }
    }

    /// <summary>The first bytes of what the guest sent passed on.</summary>
    public void ToHost(ReadOnlySpan<IoVector> segments, nuint bytes, bool isDiscarded = false)
    {
        if (bytes > 0 && !IsBehind())
        {
            Gather(segments, bytes, RecordedParty.Guest, isDiscarded);
            Gathered(RecordedParty.Guest, isDiscarded);
        }
    }

    /// <summary>Buffers of the guest's were filled.</summary>
    public void ToGuest(ChainBatch batch, int chains)
    {
        if (chains == 0 || IsBehind())
        {
            return;
        }

        for (int i = 0; i < chains; i++)
        {
            Gather(batch.SegmentsOf(i), batch[i].Written, RecordedParty.Host, isDiscarded: false);
        }

        Gathered(RecordedParty.Host, isDiscarded: false);
    }

    private void Gather(ReadOnlySpan<IoVector> segments, nuint bytes, RecordedParty from, bool isDiscarded)
    {
        foreach (IoVector segment in segments)
        {
            for (nuint at = 0; at < segment.Length && bytes > 0;)
            {
                nuint count = nuint.Min(nuint.Min(segment.Length - at, bytes), (nuint)(MostPayload - _gathered));
                segment.Slice(at, count).Span.CopyTo(_payload.AsSpan(_gathered));
                _gathered += (int)count;
                at += count;
                bytes -= count;
                if (_gathered == MostPayload)
                {
                    Gathered(from, isDiscarded);
                }
            }
        }
    }

    private void Gathered(RecordedParty from, bool isDiscarded)
    {
        ReadOnlySpan<byte> bytes = _payload.AsSpan(0, _gathered);
        _gathered = 0;
        if (bytes.IsEmpty || !TryBegin(from))
        {
            return;
        }

        _json!.WriteNumber("bytes"u8, bytes.Length);
        if (isDiscarded)
        {
            _json.WriteBoolean("discarded"u8, true);
        }

        if (options.WithPayload && IsText(bytes))
        {
            _json.WriteString("text"u8, bytes);
        }
        else if (options.WithPayload)
        {
            _json.WriteBase64String("base64"u8, bytes);
        }

        EndEvent();
    }

    /// <summary>What a person can read in an editor, without anything that moves a cursor.</summary>
    private static bool IsText(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) && !bytes.ContainsAny(s_control);

    private void Control(RecordedParty from, in ControlMessage message, ReadOnlySpan<byte> rest)
    {
        if (TryBegin(from))
        {
            _json!.WriteString("event"u8, message.Event.ToString());
            _json.WriteNumber("value"u8, message.Value);
            if (message.Event == ControlEvent.PortName)
            {
                _json.WriteString("detail"u8, rest);
            }

            EndEvent();
        }
    }

    private bool IsBehind()
    {
        bool isBehind = Interlocked.Read(ref _unread) > options.MostUnread;
        _lost += isBehind ? 1 : 0;
        return isBehind;
    }

    private bool TryBegin(RecordedParty from)
    {
        if (IsBehind())
        {
            return false;
        }

        if (_lost > 0)
        {
            WriteLost();
        }

        WriteTime();
        _json!.WriteString("from"u8, from.ToString());
        return true;
    }

    private void WriteLost()
    {
        WriteTime();
        _json!.WriteNumber("lost"u8, _lost);
        _lost = 0;
        EndEvent();
    }

    private void WriteTime()
    {
        _json!.WriteStartObject();
        _json.WriteNumber("us"u8, (long)Stopwatch.GetElapsedTime(_start).TotalMicroseconds);
    }

    private void EndEvent()
    {
        _json!.WriteEndObject();
        EndLine();
    }

    private void EndLine()
    {
        _json!.Flush();
        _pipe.Writer.Write("\n"u8);
        Interlocked.Add(ref _unread, _json.BytesCommitted + 1);
        _json.Reset();
        ValueTask<FlushResult> flushed = _pipe.Writer.FlushAsync();
        Debug.Assert(flushed.IsCompleted, "this pipe never pauses its writer");
    }
}
