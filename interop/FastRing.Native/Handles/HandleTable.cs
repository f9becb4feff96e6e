using System.Runtime.CompilerServices;

namespace FastRing.Native.Handles;

/// <summary>
/// All objects that have a handle: kind, generation and place in one number. A number is never given out twice before its place was used 2^32 times. Looked up
/// without a lock: an object's handle never changes once it is in the table, so whoever finds the same number in it has found the right one.
/// </summary>
internal static class HandleTable
{
    private const int MostObjects = 1 << 20;
    private const int PlaceBits = 24;
    private const uint PlaceMask = (1U << PlaceBits) - 1;

    private static readonly Lock s_lock = new();
    private static readonly Queue<int> s_free = new(); // The place that was left the longest ago comes next.
    private static NativeObject?[] s_objects = new NativeObject?[64];
    private static uint[] s_generations = new uint[64];
    private static int s_used;

    /// <summary>Objects there are.</summary>
    public static int Count
    {
        get
        {
            lock (s_lock)
            {
                return s_used - s_free.Count;
            }
        }
    }

    /// <summary>Gives an object its handle.</summary>
    /// <exception cref="AbiException">There are too many.</exception>
    public static ulong Add(NativeObject added)
    {
        lock (s_lock)
        {
            int place = s_free.Count > 0 ? s_free.Dequeue() : NewPlace();
            ulong generation = ++s_generations[place];
            added.Handle = ((ulong)added.Kind << 56) | (generation << PlaceBits) | (uint)place;
            Volatile.Write(ref s_objects[place], added); // After its handle: pairs with the read in Find, which takes no lock.
            return added.Handle;
        }
    }

    /// <summary>The handle is stale from now on.</summary>
    /// <exception cref="AbiException">It was already: another thread came first.</exception>
    public static void Take(NativeObject taken)
    {
        if (!TryTake(taken))
        {
            throw new AbiException(ErrorCode.Handle, WhyNot(taken.Handle, taken.Kind));
        }
    }

    /// <summary>The object of a handle, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T? Find<T>(ulong handle)
        where T : NativeObject
    {
        NativeObject?[] objects = Volatile.Read(ref s_objects);
        uint place = (uint)handle & PlaceMask;
        return place < (uint)objects.Length && Volatile.Read(ref objects[place]) is T found && found.Handle == handle ? found : null;
    }

    /// <summary>The object of a handle.</summary>
    /// <exception cref="AbiException">There is none.</exception>
    public static T Get<T>(ulong handle, HandleKind kind)
        where T : NativeObject =>
        Find<T>(handle) ?? throw new AbiException(ErrorCode.Handle, WhyNot(handle, kind));

    /// <summary>What is wrong with a handle. Words that are there already.</summary>
    public static string WhyNot(ulong handle, HandleKind kind)
    {
        var its = (HandleKind)(handle >> 56);
        return handle == 0 ? "the handle is null"
            : its == kind ? "the handle is stale: what it stood for was destroyed, or never was"
            : its is >= HandleKind.Memory and <= HandleKind.Port ? "the handle is one of another kind"
            : "this is no handle of the library's";
    }

    private static bool TryTake(NativeObject removed)
    {
        lock (s_lock)
        {
            int place = (int)((uint)removed.Handle & PlaceMask);
            if (!ReferenceEquals(s_objects[place], removed))
            {
                return false;
            }

            s_objects[place] = null;
            s_free.Enqueue(place);
            return true;
        }
    }

    private static int NewPlace()
    {
        if (s_used == MostObjects)
        {
            throw new AbiException(ErrorCode.Limit, "there are too many handles");
        }

        if (s_used == s_objects.Length)
        {
            Array.Resize(ref s_generations, s_used * 2);
            NativeObject?[] more = new NativeObject?[s_used * 2];
            s_objects.CopyTo(more, 0);
            Volatile.Write(ref s_objects, more);
        }

        return s_used++;
    }
}
