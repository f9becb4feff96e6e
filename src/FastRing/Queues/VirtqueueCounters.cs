using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>What happened on a queue since it was made. Written by the thread that owns the queue; other threads may read it at any time.</summary>
public sealed class VirtqueueCounters
{
    /// <summary>Where the queue counts. A field, not a property: so a count is one instruction that adds to memory.</summary>
    internal Values Writable;

    /// <summary>Chains popped.</summary>
    public ulong Chains => Writable.Chains;

    /// <summary>Chains popped that were an indirect table, in whole or in part.</summary>
    public ulong IndirectChains => Writable.IndirectChains;

    /// <summary>Batches of used buffers published.</summary>
    public ulong Publications => Writable.Publications;

    /// <summary>Used-buffer notifications sent to the driver.</summary>
    public ulong Notifications => Writable.Notifications;

    /// <summary>Publications whose notification was put off, to be decided together with others.</summary>
    public ulong NotificationsHeld => Writable.NotificationsHeld;

    /// <summary>Publications the driver did not want to be notified of.</summary>
    public ulong NotificationsSuppressed => Writable.NotificationsSuppressed;

    /// <summary>Times the device had taken all and looked again by itself, instead of asking for a notification.</summary>
    public ulong Looks => Writable.Looks;

    /// <summary>On cache lines of their own: they are written for every batch, and the driver's objects may lie beside this one.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Values
    {
        private readonly CacheLine _before;
        public ulong Chains;
        public ulong IndirectChains;
        public ulong Publications;
        public ulong Notifications;
        public ulong NotificationsHeld;
        public ulong NotificationsSuppressed;
        public ulong Looks;
        private readonly CacheLine _behind;
    }
}
