using System.Globalization;

namespace FastRing.EndToEnd.Hostile;

/// <summary>What a process holds, as the kernel shows it.</summary>
/// <param name="Descriptors">Open sockets, eventfds, epoll instances and memfds; files the runtime opens when it needs them don't count.</param>
/// <param name="Threads">Threads but those the runtime has for itself, which come and go as it likes.</param>
/// <param name="Mappings">Mappings of files of memory: the guests'.</param>
/// <param name="AnonymousKiB">Memory of its own that is resident, in KiB.</param>
internal readonly record struct Footprint(int Descriptors, int Threads, int Mappings, long AnonymousKiB)
{
    private static readonly string[] s_kinds = ["socket:", "anon_inode:", "/memfd:"];

    public static Footprint Of(int process) => new(
        Directory.GetFiles($"/proc/{process}/fd").Count(IsCounted),
        Directory.GetDirectories($"/proc/{process}/task").Count(t => !Read($"{t}/comm").StartsWith(".NET", StringComparison.Ordinal)),
        File.ReadLines($"/proc/{process}/maps").Count(l => l.Contains("memfd:", StringComparison.Ordinal) && !l.Contains("doublemapper", StringComparison.Ordinal)),
        Anonymous(process));

    /// <summary>Whether there is nothing here that was not there.</summary>
    public bool IsWithin(Footprint before) => Descriptors <= before.Descriptors && Threads <= before.Threads && Mappings <= before.Mappings;

    private static long Anonymous(int process) => long.Parse(
        File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static bool IsCounted(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget is { } target && s_kinds.Any(k => target.StartsWith(k, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // Closed in the meantime.
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return ".NET"; // Ended in the meantime.
        }
    }
}
