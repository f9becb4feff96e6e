using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>What happened on a queue since it was made. Written by the thread that owns the queue; other threads may read it at any time.</summary>
public sealed class VirtqueueCounters
{
    private Values _values;

    /// <summary>Chains popped.</summary>
    public ulong Chains { get => _values.Chains; internal set => _values.Chains = value; }

    /// <summary>Chains popped that were an indirect table, in whole or in part.</summary>
    public ulong IndirectChains { get => _values.IndirectChains; internal set => _values.IndirectChains = value; }

    /// <summary>Batches of used buffers published.</summary>
    public ulong Publications { get => _values.Publications; internal set => _values.Publications = value; }

    /// <summary>Used-buffer notifications sent to the driver.</summary>
    public ulong Notifications { get => _values.Notifications; internal set => _values.Notifications = value; }

    /// <summary>Publications whose notification was put off, to be decided together with others.</summary>
    public ulong NotificationsHeld { get => _values.NotificationsHeld; internal set => _values.NotificationsHeld = value; }

    /// <summary>Publications the driver did not want to be notified of.</summary>
    public ulong NotificationsSuppressed { get => _values.NotificationsSuppressed; internal set => _values.NotificationsSuppressed = value; }

    /// <summary>Times the device had taken all and looked again by itself, instead of asking for a notification.</summary>
    public ulong Looks { get => _values.Looks; internal set => _values.Looks = value; }

    /// <summary>On cache lines of their own: they are written for every batch, and the driver's objects may lie beside this one.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Values
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
