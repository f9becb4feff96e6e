using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>
/// Keeps the process alive when the file behind a mapping shrinks under it. A touch behind the new end is a SIGBUS (mmap(2)), which .NET can't catch; whoever shares
/// the file could end the process so. Here a handler of a few instructions (<see cref="BusErrorHandler"/>) puts zeros in the place of the whole mapping, counts, and the touch
/// goes on; whoever owns the mapping finds out by <see cref="MappedRegion.IsLost"/>. All other SIGBUS go to the handler there was before.
/// </summary>
internal static unsafe class BusErrorGuard
{
    private const int MostRanges = 16384;

    private static readonly Lock s_lock = new();
    private static readonly Stack<int> s_free = new();
    private static readonly Table* s_table = Install();

    /// <summary>Mappings lost so far; grows with each touch that found one gone. Any thread.</summary>
    public static ulong Losses => Volatile.Read(ref s_table->Losses);

    /// <summary>Watches over a mapping.</summary>
    /// <returns>Its place, for the other methods.</returns>
    /// <exception cref="LinuxException">ENOMEM: there are too many already.</exception>
    public static int Add(nint address, nuint bytes)
    {
        lock (s_lock)
        {
            int place = s_free.Count > 0 ? s_free.Pop() : (int)s_table->Count;
            if (place == MostRanges)
            {
                throw new LinuxException("mmap", Errno.ENOMEM);
            }

            // The handler may look at any time: the start, which is beyond all addresses until now, comes last.
            Range* range = RangeAt(place);
            range->End = (ulong)address + bytes;
            range->Losses = 0;
            Volatile.Write(ref range->Start, (ulong)address);
            Volatile.Write(ref s_table->Count, Math.Max(s_table->Count, (ulong)place + 1));
            return place;
        }
    }

    /// <summary>Before the mapping goes.</summary>
    public static void Remove(int place)
    {
        lock (s_lock)
        {
            Volatile.Write(ref RangeAt(place)->Start, ulong.MaxValue);
            s_free.Push(place);
        }
    }

    public static bool IsLost(int place) => Volatile.Read(ref RangeAt(place)->Losses) > 0;

    // SAFETY: places are below MostRanges, for which there is room; the table is never unmapped.
    private static Range* RangeAt(int place) => (Range*)(s_table + 1) + place;

    /// <summary>Code, mapped from a file so that it is never writable, and the table at a fixed distance behind it.</summary>
    private static Table* Install()
    {
        ReadOnlySpan<byte> code = BusErrorHandler.Code;
        Debug.Assert(sizeof(Table) == BusErrorHandler.TableHeaderBytes && sizeof(Range) == BusErrorHandler.RangeBytes && code.Length <= BusErrorHandler.TableOffset, "what the code knows");
        nuint tableBytes = BusErrorHandler.TableHeaderBytes + (MostRanges * BusErrorHandler.RangeBytes);
        const int Private = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
        nint place = Mapped(0, BusErrorHandler.TableOffset + tableBytes, Libc.PROT_READ | Libc.PROT_WRITE, Private, null);
        using (OwnedFd file = MemFd.Create("sigbus", BusErrorHandler.TableOffset))
        {
            nint written = file.Write(code);
            if (written != code.Length)
            {
                throw new LinuxException("write", written < 0 ? (int)-written : Errno.EIO); // A handler cut short would run into zeros.
            }

            Mapped(place, BusErrorHandler.TableOffset, Libc.PROT_READ | Libc.PROT_EXEC, Libc.MAP_PRIVATE | Libc.MAP_FIXED, file);
        }

        // SAFETY: the table lies within what was mapped above; the kernel writes and reads structs of this layout.
        var table = (Table*)(place + BusErrorHandler.TableOffset);
        Libc.SignalAction before;
        Libc.Check(Libc.sigaction(Libc.SIGBUS, null, &before), "sigaction");
        table->Before = before.Handler;
        Libc.SignalAction action = before;
        action.Handler = place;
        action.Flags = before.Flags | Libc.SA_SIGINFO | Libc.SA_RESTART; // Not on another stack than the handler before expects; ours needs three words of it.
        Libc.Check(Libc.sigaction(Libc.SIGBUS, &action, null), "sigaction");
        return table;
    }

    private static nint Mapped(nint address, nuint bytes, int protection, int flags, OwnedFd? file)
    {
        nint mapped = Libc.mmap(address, bytes, protection, flags, file?.Fd ?? -1, 0);
        GC.KeepAlive(file);
        return mapped == Libc.MapFailed ? throw new LinuxException("mmap", Libc.LastErrno) : mapped;
    }

    /// <summary>What the handler reads. Ranges follow.</summary>
    [StructLayout(LayoutKind.Sequential, Size = BusErrorHandler.TableHeaderBytes)]
    private struct Table
    {
        public ulong Count;
        public ulong Losses;
        public nint Before;
        public ulong Unused;

        /// <summary>SIG_DFL as the kernel's <c>struct sigaction</c>: four words of zero.</summary>
        public fixed ulong Default[4];
    }

    [StructLayout(LayoutKind.Sequential, Size = BusErrorHandler.RangeBytes)]
    private struct Range
    {
        public ulong Start;
        public ulong End;
        public ulong Losses;
    }
}
