using FastRing.Memory;

namespace FastRing.Devices.Recovery;

/// <summary>
/// A device that another process can go on with when this one was killed. It keeps what it needs for that, and what can't be read from guest memory, in a
/// <see cref="RecoveryArea"/>, at every moment: there is no last word. Where its rings go on is the transport's to find out. Worker thread only.
/// </summary>
public interface IRecoverableDevice : IVirtioDevice
{
    /// <summary>Bytes of the area it wants: a multiple of 64.</summary>
    int RecoveryBytes { get; }

    /// <summary>From now on what the device does is kept in this area. While no queue runs, after the features are known.</summary>
    /// <param name="area">Its area, of <see cref="RecoveryBytes"/>.</param>
    /// <param name="isNew">True: zeros, the driver starts with this process. False: what a process that was killed left, untrusted; the device goes on from it.</param>
    /// <returns>Null; or why it can't, naming the field. Then nothing has changed, and nothing is kept.</returns>
    string? BeginRecovery(RecoveryArea area, bool isNew);

    /// <summary>The area is about to go. Nothing runs.</summary>
    void EndRecovery();
}
