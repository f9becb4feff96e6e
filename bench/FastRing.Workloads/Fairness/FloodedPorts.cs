using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Ports;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Fairness;

/// <summary>Ports whose guest always has more to send than the device takes.</summary>
internal sealed class FloodedPorts : IDisposable
{
    private const int BytesUnderWay = 1 << 20;
    private const int MostUnderWay = 200;

    private readonly DrivenConsole _console;
    private readonly GuestWriter[] _writers;

    /// <param name="messageBytes">For each port the bytes of its guest's buffers.</param>
    /// <param name="limit">What may pass each port.</param>
    public FloodedPorts(int[] messageBytes, RateLimit limit = default)
    {
        PortOptions[] options = [.. messageBytes.Select((_, i) => new PortOptions(Name(i), new LookingEndpoint()) { Limits = new PortLimits(limit) })];
        _console = new DrivenConsole(options, new DriverBuffers(ReceiveCount: 0, TransmitCount: 0), (ulong)((BytesUnderWay + (128 << 10)) * (messageBytes.Length + 2)));
        Ports = [.. options.Select(o => _console.Device.FindPort(o.Name)!)];
        _writers = [.. messageBytes.Select((bytes, i) => new GuestWriter(
            _console, _console.Open(Name(i)), ByteLook.Message(bytes), Math.Min(BytesUnderWay / bytes, MostUnderWay), fills: false))];
    }

    /// <summary>The ports.</summary>
    public IReadOnlyList<Port> Ports { get; }

    /// <summary>Gives every port what it has room for.</summary>
    /// <returns>Buffers given.</returns>
    public int Feed()
    {
        int fed = 0;
        foreach (GuestWriter writer in _writers)
        {
            writer.Reclaim();
            fed += writer.Write(int.MaxValue);
        }

        return fed;
    }

    public void Dispose() => _console.Dispose();

    private static string Name(int index) => $"flooded.{index}";
}
