using System.Globalization;

namespace FastRing.Workloads.Notify;

/// <summary>Processor time of a thread, from <c>/proc/PID/task/TID/schedstat</c>; the kernel adds to it when the thread sleeps and at each tick.</summary>
internal sealed class ThreadTime
{
    private readonly string _file;

    private ThreadTime(string file) => _file = file;

    /// <summary>Of the calling thread, to be read on any.</summary>
    public static ThreadTime OfCurrent() => new(Path.Combine(File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName, "schedstat"));

    /// <summary>Nanoseconds since the thread began.</summary>
    public long Nanoseconds() => long.Parse(File.ReadAllText(_file).Split(' ')[0], CultureInfo.InvariantCulture);
}
