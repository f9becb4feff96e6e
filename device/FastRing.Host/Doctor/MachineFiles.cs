using System.Globalization;
using FastRing.Host.Client;

namespace FastRing.Host.Doctor;

/// <summary>What the kernel tells of the machine, under /proc and /sys.</summary>
/// <param name="root">The folder those two are in.</param>
internal sealed class MachineFiles(string root = "/")
{
    private const string Processors = "sys/devices/system/cpu";

    /// <summary>The text of a file without the newline at its end; null: it is not there, or not for this user.</summary>
    public string? Text(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path)).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>How many entries a folder has; null: it is not there, or not for this user.</summary>
    public int? Entries(string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(root, path)).Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public bool HasFolder(string path) => Directory.Exists(Path.Combine(root, path));

    /// <summary>The rest of a line that begins with a name, as in /proc/PID/status.</summary>
    public string? Field(string path, string name) =>
        Text(path)?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

    /// <summary>The processors that run; empty: the kernel does not say.</summary>
    public IReadOnlyList<int> Online => List($"{Processors}/online");

    /// <summary>The processors of a file such as <c>isolated</c>; empty too where there is no such file.</summary>
    public IReadOnlyList<int> OfProcessors(string file) => List($"{Processors}/{file}");

    /// <summary>A file of one processor.</summary>
    public string? OfProcessor(int processor, string file) => Text(string.Create(CultureInfo.InvariantCulture, $"{Processors}/cpu{processor}/{file}"));

    /// <summary>The processors that share a file's list with this one, such as <c>topology/thread_siblings_list</c>; itself, where the kernel does not say.</summary>
    public IReadOnlyList<int> Sharing(int processor, string file) => OfProcessor(processor, file) is { Length: > 0 } list ? Parse(list) : [processor];

    /// <summary>Those that share the processor's last cache; itself, where the kernel does not say.</summary>
    public IReadOnlyList<int> SharingCache(int processor) => Sharing(processor, "cache/index3/shared_cpu_list");

    /// <summary>What people and kernels write for processors: 0-3,8.</summary>
    public static string Text(IEnumerable<int> processors)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (int processor in processors.Order())
        {
            if (ranges is [.., var last] && last.Last == processor - 1)
            {
                ranges[^1] = (last.First, processor);
            }
            else
            {
                ranges.Add((processor, processor));
            }
        }

        return string.Join(',', ranges.Select(r => r.First == r.Last ? $"{r.First}" : $"{r.First}-{r.Last}"));
    }

    /// <summary>A value as it may be shown: a name of the kernel's, or whatever a file had in its place.</summary>
    public static string Shown(string text) => PlainText.Of(text);

    private List<int> List(string path) => Parse(Text(path) ?? "");

    private static List<int> Parse(string list)
    {
        List<int> processors = [];
        foreach (string range in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = range.Split('-');
            if (int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) && last < 1 << 16)
            {
                processors.AddRange(Enumerable.Range(first, Math.Max(last - first + 1, 0)));
            }
        }

        return processors;
    }
}
