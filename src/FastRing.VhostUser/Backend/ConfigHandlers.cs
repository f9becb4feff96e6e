using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about the configuration space.</summary>
internal static class ConfigHandlers
{
    private const uint WrittenByDriver = 0;
    private const uint WrittenByMigration = 1;

    /// <summary>Always answers: a range that does not exist gets an answer of size 0, which is the protocol's way to say so.</summary>
    public static Outcome GetConfig(Session session, ref Message message)
    {
        ConfigPayload asked = ConfigPayload.Read(message.Payload);
        uint size = asked.IsInside(session.Device.ConfigSize) ? asked.Size : 0;
        Span<byte> reply = message.BeginReply(ConfigPayload.HeadBytes + (int)size);
        (asked with { Size = size }).Write(reply);
        if (size > 0)
        {
            session.Device.ReadConfig((int)asked.Offset, reply[ConfigPayload.HeadBytes..]);
        }

        return Outcome.Replied;
    }

    public static Outcome SetConfig(Session session, ref Message message)
    {
        ConfigPayload written = ConfigPayload.Read(message.Payload);
        ReadOnlySpan<byte> bytes = message.Payload[ConfigPayload.HeadBytes..];
        if (written.Size > (uint)bytes.Length || !written.IsInside(session.Device.ConfigSize))
        {
            return Outcome.Refused("outside of the configuration space");
        }

        if (written.Flags is not (WrittenByDriver or WrittenByMigration))
        {
            return Outcome.Refused("flags nobody defined");
        }

        session.Device.WriteConfig((int)written.Offset, bytes[..(int)written.Size]);
        return Outcome.Done;
    }
}
