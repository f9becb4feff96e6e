using System.Globalization;
using System.Text;
using Microsoft.Diagnostics.Symbols;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Stacks;
using Microsoft.Diagnostics.Tracing.Stacks.Formats;

namespace FastRing.Profiling;

/// <summary>The stacks of a recording, in the forms that viewers read.</summary>
public sealed class RecordedStacks : IDisposable
{
    private readonly string _index;
    private readonly TraceLog _log;
    private readonly MutableTraceEventStackSource _stacks;

    /// <summary>Reads a .nettrace file.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="ProfilingException">It is no recording, or holds no stacks.</exception>
    public RecordedStacks(string file)
    {
        _index = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            _log = TraceLog.OpenOrConvert(TraceLog.CreateFromEventPipeDataFile(file, _index, new TraceLogOptions { ContinueOnError = true }));
            using var symbols = new SymbolReader(TextWriter.Null, nt_symbol_path: "");
            _stacks = new MutableTraceEventStackSource(_log) { OnlyManagedCodeStacks = true };
            new SampleProfilerThreadTimeComputer(_log, symbols) { IncludeEventSourceEvents = false }.GenerateThreadTimeStacks(_stacks);
        }
        catch (Exception e) when (e is not IOException)
        {
            _log?.Dispose();
            File.Delete(_index);
            throw new ProfilingException($"{file} can't be read as a recording: {e.Message}", e);
        }
    }

    /// <summary>Samples there are.</summary>
    public int Samples => _stacks.SampleIndexLimit;

    /// <summary>For https://speedscope.app and Visual Studio Code.</summary>
    public void WriteSpeedscope(string file) => SpeedScopeStackSourceWriter.WriteStackViewAsJson(_stacks, file);

    /// <summary>A line for each stack, outermost first, and its milliseconds: what flamegraph.pl and its like draw from.</summary>
    public void WriteFolded(string file)
    {
        using var output = new StreamWriter(file);
        foreach ((string stack, double milliseconds) in Folded().OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stack} {Math.Max(1, Math.Round(milliseconds))}"));
        }
    }

    /// <summary>Each thread's last stack, outermost first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LastOfThreads()
    {
        var last = new SortedDictionary<string, (double At, StackSourceCallStackIndex Stack)>(StringComparer.Ordinal);
        _stacks.ForEach(sample =>
        {
            string thread = Frames(sample.StackIndex).FirstOrDefault(IsThread) ?? "";
            if (thread.Length > 0 && (!last.TryGetValue(thread, out (double At, StackSourceCallStackIndex) known) || known.At <= sample.TimeRelativeMSec))
            {
                last[thread] = (sample.TimeRelativeMSec, sample.StackIndex);
            }
        });
        return last.ToDictionary(t => t.Key, t => (IReadOnlyList<string>)[.. Frames(t.Value.Stack).SkipWhile(f => !IsThread(f)).Skip(1).Where(f => !IsMark(f))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log.Dispose();
        File.Delete(_index);
    }

    private Dictionary<string, double> Folded()
    {
        var folded = new Dictionary<string, double>();
        _stacks.ForEach(sample =>
        {
            string stack = string.Join(';', Frames(sample.StackIndex).Where(f => !IsMark(f)).Select(f => f.Replace(';', ',')));
            folded[stack] = folded.GetValueOrDefault(stack) + sample.Metric;
        });
        return folded;
    }

    private List<string> Frames(StackSourceCallStackIndex stack)
    {
        var frames = new List<string>();
        for (; stack != StackSourceCallStackIndex.Invalid; stack = _stacks.GetCallerIndex(stack))
        {
            frames.Add(_stacks.GetFrameName(_stacks.GetFrameIndex(stack), false));
        }

        frames.Reverse();
        return frames;
    }

    private static bool IsThread(string frame) => frame.StartsWith("Thread (", StringComparison.Ordinal);

    /// <summary>What the reader puts below a stack to tell waiting from working.</summary>
    private static bool IsMark(string frame) => frame is "CPU_TIME" or "UNMANAGED_CODE_TIME" or "BLOCKED_TIME" or "Threads";
}
