using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace FastRing.Host.Guests;

/// <summary>The last part of what a console showed, and optionally all of it in a file. Not thread safe.</summary>
internal sealed partial class Transcript(string? logPath) : IDisposable
{
    private const int MaxBytes = 64 << 10;

    private readonly FileStream? _log =
        logPath is null ? null : new FileStream(logPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
    private readonly ArrayBufferWriter<byte> _last = new();

    /// <summary>The last 64 to 128 KiB of text.</summary>
    public string Text => Encoding.UTF8.GetString(_last.WrittenSpan);

    /// <summary>Adds what the console showed next.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _log?.Write(bytes);
        _log?.Flush();
        _last.Write(bytes);
        if (_last.WrittenCount > 2 * MaxBytes)
        {
            byte[] kept = _last.WrittenSpan[^MaxBytes..].ToArray();
            _last.ResetWrittenCount();
            _last.Write(kept);
        }
    }

    /// <summary>
    /// The last <paramref name="lines"/> lines that are not blank, as one line of plain text for an error message. A kernel panic's
    /// first line counts as the last one: the register dump after it tells a reader nothing.
    /// </summary>
    public string Tail(int lines)
    {
        string plain = string.Concat(Marker().Replace(Text, "\n").Select(c => c is '\n' || !char.IsControl(c) ? c : ' '));
        List<string> all = [.. plain.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        int panic = all.FindLastIndex(line => line.Contains("Kernel panic", StringComparison.Ordinal));
        IEnumerable<string> told = panic < 0 ? all : all.Take(panic + 1);
        return all.Count == 0 ? "(nothing)" : string.Join(" | ", told.TakeLast(lines));
    }

    // The markers around a command's output and the one that says ready.
    [GeneratedRegex("(\u001f\\d+)?\u001e\\w+(\u001f\\d+)?\u001e")]
    private static partial Regex Marker();

    /// <inheritdoc/>
    public void Dispose() => _log?.Dispose();
}
