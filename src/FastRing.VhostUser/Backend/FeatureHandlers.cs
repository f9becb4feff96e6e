using FastRing.Spec;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests that settle what both sides understand.</summary>
internal static class FeatureHandlers
{
    private const ProtocolFeatures InbandNeeds = ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendRequests;

    private const ProtocolFeatures TranslationNeeds = ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendRequests;

    /// <summary>Requests that only mark the session, or that nobody must act on any more.</summary>
    public static Outcome Ignore(Session session, ref Message message) => Outcome.Done;

    public static Outcome GetFeatures(Session session, ref Message message) => message.Reply(session.OfferedFeatures);

    public static Outcome SetFeatures(Session session, ref Message message)
    {
        ulong features = message.Number;
        if ((features & ~session.OfferedFeatures) != 0)
        {
            return Outcome.Refused("a feature that was not offered");
        }

        if ((features & VirtioFeatures.AccessPlatform) != 0 && (session.ProtocolFeatures & TranslationNeeds) != TranslationNeeds)
        {
            return Outcome.Refused("ACCESS_PLATFORM without a backend channel and acknowledgements"); // vhost-user, "IOMMU support"
        }

        bool logs = (features & VhostUserFeatures.LogAll) != 0;
        if (logs && session.MemoryLog.WhyTooSmall(session.Memory.Current) is { } why)
        {
            return Outcome.Refused(why);
        }

        bool running = session.AnyRingRuns;
        ulong changes = features ^ session.ChosenFeatures;
        if (running && changes == VhostUserFeatures.LogAll)
        {
            session.SetLogging(logs); // The one feature that is not the driver's.
        }
        else if (running && changes != 0)
        {
            return Outcome.Refused("rings run with other features");
        }

        if (!running)
        {
            // Rings that are started but disabled belong to a driver that left; user-mode-linux does not stop them.
            session.Pause();
            session.Translations.ForgetUnlessUsed();
            session.SetFeatures(features);
            session.Resume();
        }

        return Outcome.Done;
    }

    public static Outcome GetProtocolFeatures(Session session, ref Message message) => message.Reply((ulong)session.OfferedProtocolFeatures);

    public static Outcome SetProtocolFeatures(Session session, ref Message message)
    {
        var features = (ProtocolFeatures)message.Number;
        if ((features & ~session.OfferedProtocolFeatures) != 0)
        {
            return Outcome.Refused("a protocol feature that was not offered");
        }

        if ((features & ProtocolFeatures.InbandNotifications) != 0 && (features & InbandNeeds) != InbandNeeds)
        {
            return Outcome.Malformed("in-band notifications without a backend channel and acknowledgements"); // vhost-user, "In-band notifications"
        }

        session.ProtocolFeatures = features;
        return Outcome.Done;
    }

    public static Outcome GetQueueNum(Session session, ref Message message) => message.Reply((ulong)session.Rings.Length);
}
