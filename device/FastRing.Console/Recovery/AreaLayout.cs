using FastRing.Console.Spec;

namespace FastRing.Console.Recovery;

/// <summary>
/// Where things lie in a console's area: a header, which queues run, two journals of the driver's last control messages, two lines a port, two records of the device. Of each pair
/// the older is written anew, and its number last; so one of them is always whole.
/// </summary>
/// <param name="ports">Port numbers of the device.</param>
internal readonly struct AreaLayout(int ports)
{
    public const int Magic = 0;
    public const int Ports = 8;
    public const int Running = 64;

    private const int Line = 64;
    private const int RecordHeader = 32;

    // What a record has besides ports, and for each port, at the most: names, limits, counters, a session.
    private const int RecordBytes = 1280;
    private const int RecordBytesOfPort = 320;

    public int SizeBytes => Record(2);

    public int Queues => QueueMap.QueueCount(ports);

    public int RecordCapacity => RecordBytes + (ports * RecordBytesOfPort) - RecordHeader;

    public int Journal(int slot) => RoundUp(Running + ((Queues + 63) / 64 * sizeof(ulong))) + (slot * RoundUp(ControlJournal.SizeBytes));

    public int StreamLine(int port, int slot) => Journal(2) + (((port * 2) + slot) * Recovery.StreamLine.SizeBytes);

    public int Record(int slot) => StreamLine(ports, 0) + (slot * RoundUp(RecordBytes + (ports * RecordBytesOfPort)));

    private static int RoundUp(int bytes) => (bytes + Line - 1) / Line * Line;
}
