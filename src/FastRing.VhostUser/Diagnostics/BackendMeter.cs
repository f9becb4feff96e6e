using System.Diagnostics.Metrics;
using FastRing.Diagnostics;
using FastRing.Queues;
using FastRing.VhostUser.Backend;

namespace FastRing.VhostUser.Diagnostics;

/// <summary>What <see cref="FastRingMeter"/> shows of backends, those of vfio-user among them, and of the rings their frontends have started.</summary>
internal static class BackendMeter
{
    private static readonly MeteredObjects<IRingServer> s_backends = Create();

    public static void Add(IRingServer server) => s_backends.Add(server);

    public static void Remove(IRingServer server) => s_backends.Remove(server);

    private static MeteredObjects<IRingServer> Create()
    {
        var backends = new MeteredObjects<IRingServer>();
        backends.UpDownCounter("fastring.backend.connected", "{frontend}", "Frontends connected now.", b => [Of(b, b.IsConnected ? 1UL : 0)]);
        backends.Counter("fastring.backend.sessions", "{frontend}", "Frontends that connected.", b => [Of(b, b.Counters.Sessions)]);
        backends.Counter("fastring.backend.messages", "{message}", "Messages of frontends, rejected ones included.", b => [Of(b, b.Counters.Messages)]);
        backends.Counter("fastring.backend.rejected", "{message}", "Messages not obeyed.", b => Enum.GetValues<RejectionReason>().Select(r => Rejected(b, r)));
        backends.Counter("fastring.backend.broken_queues", "{queue}", "Rings that could not be set up, or turned out malformed.", b => [Of(b, b.Counters.BrokenQueues)]);
        backends.Counter("fastring.backend.lost_memories", "{memory}", "Connections ended because the file of their guest's memory had shrunk.", b => [Of(b, b.Counters.LostMemories)]);
        OfQueues(backends);
        return backends;
    }

    private static void OfQueues(MeteredObjects<IRingServer> backends)
    {
        backends.Counter("fastring.queue.chains", "{chain}", "Chains popped since the ring was started.", b => Each(b, (b, q, c) => [Of(b, q, c.Chains)]));
        backends.Counter("fastring.queue.publications", "{batch}", "Batches of used buffers published.", b => Each(b, (b, q, c) => [Of(b, q, c.Publications)]));
        backends.Counter("fastring.queue.looks", "{look}", "Looks at the ring instead of asking for a notification.", b => Each(b, (b, q, c) => [Of(b, q, c.Looks)]));
        backends.Counter(
            "fastring.queue.notifications", "{notification}", "Used-buffer notifications: sent, held back to be decided later, or not wanted by the driver.",
            b => Each(b, static (b, q, c) =>
            [
                Of(b, q, c.Notifications, Result("sent")), Of(b, q, c.NotificationsHeld, Result("held")), Of(b, q, c.NotificationsSuppressed, Result("suppressed")),
            ]));
    }

    private static IEnumerable<Measurement<long>> Each(IRingServer server, Func<IRingServer, int, VirtqueueCounters, Measurement<long>[]> read) =>
        server.RunningQueues().SelectMany(q => read(server, q.Index, q.Counters));

    private static Measurement<long> Rejected(IRingServer server, RejectionReason reason) =>
        new((long)server.Counters.Rejected(reason), Device(server), new("reason", reason.ToString()));

    private static Measurement<long> Of(IRingServer server, ulong value) => new((long)value, Device(server));

    private static Measurement<long> Of(IRingServer server, int queue, ulong value, params ReadOnlySpan<KeyValuePair<string, object?>> tag) =>
        new((long)value, [Device(server), new("queue", queue), .. tag]);

    private static KeyValuePair<string, object?> Device(IRingServer server) => new("device", server.Name);

    private static KeyValuePair<string, object?> Result(string result) => new("result", result);
}
