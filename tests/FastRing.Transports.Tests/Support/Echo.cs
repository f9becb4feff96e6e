using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Transports.Tests.Support;

/// <summary>A buffer there and back over a queue of an <see cref="EchoDevice"/>.</summary>
internal static class Echo
{
    /// <returns>Whether the device had asked for a doorbell.</returns>
    public static bool Once(RegisterDriver driver, DriverQueue queue)
    {
        GuestAddress at = driver.Allocate(16);
        byte[] sent = Guid.NewGuid().ToByteArray()[..8];
        sent.CopyTo(driver.Bytes.Bytes(at, 8));
        var there = new DriverBuffer(at, 8);
        var back = new DriverBuffer(new GuestAddress(at.Value + 8), 8);
        queue.Ring.EnableNotifications();
        Assert.True(queue.Ring.TryAdd([there], [back], 7));
        bool kicks = queue.PublishAndKick();
        UsedBuffer used = default;
        Patience.Await(() => queue.Ring.TryTakeUsed(out used), "a used buffer");
        Patience.Await(() => queue.Call.Drain() == 1, "its notification");
        Assert.Equal((7ul, 8u), (used.Token, (uint)used.Written));
        Assert.Equal(sent, driver.Bytes.Bytes(back.Address, 8).ToArray());
        return kicks;
    }
}
