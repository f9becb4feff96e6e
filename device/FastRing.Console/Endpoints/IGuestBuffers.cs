using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>
/// A port's guest buffers, for an endpoint that works in them instead of copying in <see cref="IHostEndpoint.Read"/> and <see cref="IHostEndpoint.Write"/>.
/// Worker thread only, and not from within those two. What it hands out is gone at <see cref="IHostEndpoint.GuestBuffersGone"/>.
/// </summary>
public interface IGuestBuffers
{
    /// <summary>
    /// Where the next bytes for the guest go: the next piece of its oldest receive buffer. Empty: there is none now, or the guest has the port closed;
    /// <see cref="IHostEndpoint.RoomPossible"/> follows.
    /// </summary>
    IoVector Room { get; }

    /// <summary>The first bytes of <see cref="Room"/> were written. Behind them is the next.</summary>
    /// <param name="bytes">How many, no more than there was room for.</param>
    void Wrote(nuint bytes);

    /// <summary>The guest's buffer is to be given back as it is, with what room is left in it. The guest does not see it before <see cref="Publish"/>.</summary>
    void EndBuffer();

    /// <summary>What was written is the guest's.</summary>
    void Publish();

    /// <summary>The guest has sent something that was not taken yet.</summary>
    bool HasOutput { get; }

    /// <summary>Bytes of the segments last offered to <see cref="IHostEndpoint.Write"/> are taken: buffers that are wholly taken go back to the guest.</summary>
    /// <param name="bytes">How many, from the front; no more than were offered.</param>
    void Take(nuint bytes);

    /// <summary>
    /// What the guest has sent up to now ends here: nothing it sends from now on is offered, nor is it output there is, before <see cref="EndFence"/>. For an endpoint that tells apart what
    /// programs in the guest send that open the port one after the other. Nothing may be offered and not taken.
    /// </summary>
    /// <returns>False: that can't be told apart now.</returns>
    bool Fence();

    /// <summary>The first fence is taken down.</summary>
    void EndFence();
}
