using System.Net.Sockets;

namespace FastRing.Perf;

/// <summary>A way for bytes between a program of the host and one at the far end.</summary>
/// <param name="name">Its name in the tables.</param>
internal abstract class ByteChannel(string name)
{
    public string Name => name;

    /// <summary>Has the far end do its part.</summary>
    /// <returns>When it is done: the interrupts its machine had of the channel's device, where that can be told.</returns>
    public abstract Task<double?> PlayAsync(ChannelPart part);

    /// <summary>The host's end for one part; it may have to wait for the far end.</summary>
    public abstract Task<Socket> OpenAsync();

    /// <summary>The part is over.</summary>
    public virtual void Close(Socket socket)
    {
    }

    /// <summary>Processor seconds that moving bytes has cost the host so far, without those of the guest's own processor; null where nothing is between the ends.</summary>
    public virtual double? ProcessorSeconds() => null;
}
