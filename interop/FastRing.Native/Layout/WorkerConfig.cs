using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_worker_config</c>: a thread, and how it waits.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct WorkerConfig : IVersioned
{
    public uint Size;
    public uint Wait;
    public byte* Name;
    public uint PollBudgetUs;
    public uint Flags;
    public uint Cpu;
    public uint Reserved;

    public static string StructName => "fr_worker_config";

    public static uint FirstSize => 32;
}
