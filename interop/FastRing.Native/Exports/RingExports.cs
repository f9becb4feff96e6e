using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Native.Handles;
using FastRing.Native.Layout;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Native.Exports;

/// <summary>
/// Rings. <c>struct fr_chain</c> is a <see cref="DescriptorChain"/> and <c>struct iovec</c> an <see cref="IoVector"/>, so chains are popped into the caller's own arrays and taken back
/// from there. What a caller changes in a chain but for its length can spoil that ring for its driver, and nothing of ours: ids are written, never looked up, and slots are counted against those taken.
/// </summary>
internal static unsafe class RingExports
{
    private const uint NotifyFlag = 1;
    private const ulong KnownFeatures = VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | VirtioFeatures.Version1 | VirtioFeatures.RingPacked | VirtioFeatures.InOrder;

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_create")]
    public static int Create(ulong memory, RingConfig* config, ulong* ring)
    {
        try
        {
            Given.Out(ring, "ring");
            GuestMemory held = HandleTable.Get<MemoryHandle>(memory, HandleKind.Memory).Memory;
            *ring = Add(Versioned.Read(config), held.Hold());
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_destroy")]
    public static int Destroy(ulong ring)
    {
        try
        {
            RingHandle? found = RingHandle.Of(ring, out int error);
            found?.Destroy();
            return error;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_release")]
    public static int Release(ulong ring)
    {
        RingHandle? found = RingHandle.Of(ring, out int error);
        found?.Release();
        return error;
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_pop")]
    public static int Pop(ulong ring, DescriptorChain* chains, uint maxChains, IoVector* segments, uint maxSegments, uint* segmentCount)
    {
        try
        {
            if (RingHandle.Of(ring, out int error) is not { } found)
            {
                return error;
            }

            if (chains == null || segments == null || maxChains > int.MaxValue || maxSegments > int.MaxValue)
            {
                return Failure.Of(ErrorCode.Argument, chains == null ? "chains: NULL" : segments == null ? "segments: NULL" : "max_chains or max_segments: above 0x7fffffff");
            }

            // SAFETY: the caller says that there is room for so many of each.
            int used = 0;
            int popped = found.Queue.PopBatch(new Span<DescriptorChain>(chains, (int)maxChains), new Span<IoVector>(segments, (int)maxSegments), ref used, found.Direction);
            if (segmentCount != null)
            {
                *segmentCount = (uint)used;
            }

            return popped > 0 || found.Queue.Error == VirtqueueError.None ? popped : Broken(found.Queue.Error);
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_complete")]
    public static int Complete(ulong ring, DescriptorChain* chains, uint count)
    {
        try
        {
            if (RingHandle.Of(ring, out int error) is not { } found)
            {
                return error;
            }

            if (chains == null || count > int.MaxValue)
            {
                return Failure.Of(ErrorCode.Argument, chains == null ? "chains: NULL" : "count: above 0x7fffffff");
            }

            // SAFETY: the caller says that there are so many.
            found.Queue.Complete(new ReadOnlySpan<DescriptorChain>(chains, (int)count));
            return 0;
        }
        catch (InvalidOperationException e)
        {
            return Failure.Of(ErrorCode.Argument, e.Message);
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_publish")]
    public static int Publish(ulong ring)
    {
        try
        {
            if (RingHandle.Of(ring, out int error) is not { } found)
            {
                return error;
            }

            ulong before = found.Queue.Counters.Notifications;
            found.Queue.PublishAndNotify();
            return found.Queue.Counters.Notifications != before ? 1 : 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_enable_notifications")]
    public static int EnableNotifications(ulong ring)
    {
        try
        {
            return RingHandle.Of(ring, out int error) is not { } found ? error
                : found.Queue.EnableNotifications() ? 1
                : found.Queue.Error == VirtqueueError.None ? 0
                : Broken(found.Queue.Error);
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_suppress_notifications")]
    public static int SuppressNotifications(ulong ring)
    {
        try
        {
            RingHandle? found = RingHandle.Of(ring, out int error);
            found?.Queue.SuppressNotifications();
            return error;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_ring_stats")]
    public static int Stats(ulong ring, RingStats* stats)
    {
        try
        {
            if (RingHandle.Of(ring, out int error) is not { } found)
            {
                return error;
            }

            VirtqueueCounters counters = found.Queue.Counters;
            Versioned.Write(
                new RingStats
                {
                    Error = (int)found.Queue.Error,
                    Base = found.Queue.Base,
                    Chains = counters.Chains,
                    Publications = counters.Publications,
                    Notifications = counters.Notifications,
                    NotificationsSuppressed = counters.NotificationsSuppressed,
                },
                stats);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    /// <param name="config">What the caller said, and its driver.</param>
    /// <param name="held">Held already: the ring's, unless this throws.</param>
    private static ulong Add(in RingConfig config, GuestMemory held)
    {
        EventFd? call = null;
        try
        {
            Versioned.ThrowIfUnknown(config.Flags, NotifyFlag, "flags");
            ChainDirection direction = config.Direction switch
            {
                1 => ChainDirection.Readable,
                2 => ChainDirection.Writable,
                3 => ChainDirection.Both,
                _ => throw new AbiException(ErrorCode.Argument, $"direction: {config.Direction} is none"),
            };
            var setup = new VirtqueueSetup(
                config.QueueSize, new(config.DescriptorArea), new(config.DriverArea), new(config.DeviceArea), config.Base, config.Features & KnownFeatures);
            VirtqueueError error = Virtqueue.TryCreate(setup, held, out Virtqueue? queue);
            if (queue is null)
            {
                throw new AbiException(ErrorCode.Broken, $"the ring can't be: {error}");
            }

            call = (config.Flags & NotifyFlag) != 0 ? EventFd.Adopt(Given.Duplicate(config.CallFd, "call_fd")) : null;
            var added = new RingHandle(queue, held, direction, call);
            queue.Notifier = added;
            return HandleTable.Add(added);
        }
        catch
        {
            call?.Dispose();
            held.Dispose();
            throw;
        }
    }

    private static int Broken(VirtqueueError error) => Failure.Of(ErrorCode.Broken, s_whyBroken[(int)error]);

    // Made once: a caller may go on asking a ring that is broken.
    private static readonly string[] s_whyBroken = [.. Enum.GetValues<VirtqueueError>().Select(error => $"the ring is malformed: {error}")];
}
