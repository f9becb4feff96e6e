using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>Room that keeps what lies before it and what lies behind it on different cache lines.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal readonly struct CacheLine;
