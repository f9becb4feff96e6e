using FastRing.VhostUser.Protocol;
using static FastRing.VhostUser.Protocol.VhostUserRequest;

namespace FastRing.VhostUser.Relay;

/// <summary>What the frontend said last of one ring, by request.</summary>
internal sealed class RingRecord : IDisposable
{
    /// <summary>In this order a ring is told of: size and base stop it, and its kick descriptor, or that it is enabled, starts it.</summary>
    private static readonly VhostUserRequest[] s_order = [SetVringNum, SetVringEndian, SetVringBase, SetVringAddr, SetVringCall, SetVringErr, SetVringKick, SetVringEnable];

    private readonly RelayedMessage?[] _said = new RelayedMessage?[s_order.Length];

    /// <summary>It may run.</summary>
    public bool HasKick => _said[Array.IndexOf(s_order, SetVringKick)] is not null;

    /// <summary>Entries; 0: that was not said.</summary>
    public uint Size => _said[0] is { } said ? VringStatePayload.Read(said.Payload).Value : 0;

    public IEnumerable<RelayedMessage> Said => _said.OfType<RelayedMessage>();

    /// <summary>Whether a request is about one ring.</summary>
    public static bool Has(VhostUserRequest request) => s_order.Contains(request);

    /// <summary>Takes the message in the place of the one before.</summary>
    public void Keep(RelayedMessage message)
    {
        Put(message.Request, message);
        if (message.Request is SetVringNum or SetVringBase)
        {
            Put(SetVringKick, null); // The backend stops the ring for good.
        }
    }

    /// <summary>The ring was stopped, and goes on there.</summary>
    public void Stop(uint index, uint at)
    {
        byte[] payload = new byte[VringStatePayload.SizeBytes];
        new VringStatePayload(index, at).Write(payload);
        Keep(RelayedMessage.Of(SetVringBase, payload));
    }

    /// <summary>The device was reset.</summary>
    public void Reset()
    {
        Put(SetVringKick, null);
        Put(SetVringBase, null);
        Put(SetVringEnable, null);
    }

    public void Dispose() => Array.ForEach(_said, m => m?.Dispose());

    private void Put(VhostUserRequest request, RelayedMessage? message)
    {
        ref RelayedMessage? place = ref _said[Array.IndexOf(s_order, request)];
        place?.Dispose();
        place = message;
    }
}
