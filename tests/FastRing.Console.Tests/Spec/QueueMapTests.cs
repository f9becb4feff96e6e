using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Spec;

public sealed class QueueMapTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 4, 5)]
    [InlineData(2, 6, 7)]
    [InlineData(30, 62, 63)]
    [InlineData(510, 1022, 1023)]
    public void A_port_has_the_queues_of_the_specification(int port, int receive, int transmit)
    {
        Assert.Equal(receive, QueueMap.ReceiveQueue(port));
        Assert.Equal(transmit, QueueMap.TransmitQueue(port));
        Assert.Equal(port, QueueMap.PortOf(receive));
        Assert.Equal(port, QueueMap.PortOf(transmit));
        Assert.False(QueueMap.IsTransmit(receive));
        Assert.True(QueueMap.IsTransmit(transmit));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(31, 64)]
    [InlineData(511, 1024)]
    public void A_device_has_two_queues_more_than_its_ports(int maxPorts, int queues) =>
        Assert.Equal(queues, QueueMap.QueueCount(maxPorts));

    [Fact]
    public void No_queue_belongs_to_two_ports()
    {
        int[] ports = [.. Enumerable.Range(0, QueueMap.MostPorts)];
        int[] all = [.. ports.Select(QueueMap.ReceiveQueue), .. ports.Select(QueueMap.TransmitQueue)];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.DoesNotContain(QueueMap.ControlReceive, all);
        Assert.DoesNotContain(QueueMap.ControlTransmit, all);
        Assert.Equal(QueueMap.QueueCount(QueueMap.MostPorts) - 1, all.Max());
    }
}
