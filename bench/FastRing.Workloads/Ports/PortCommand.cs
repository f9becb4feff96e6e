using System.CommandLine;

namespace FastRing.Workloads.Ports;

/// <summary><c>workloads port</c>.</summary>
internal static class PortCommand
{
    private static readonly Dictionary<string, Func<int, IComparison>> s_cases = new()
    {
        ["in-place"] = bytes => new PipeThroughput(bytes, inPlace: true, Pipe),
        ["in-place-tuned-pipe"] = bytes => new PipeThroughput(bytes, inPlace: true, TunedPipe),
        ["in-place-ring"] = bytes => new PipeThroughput(bytes, inPlace: true, (source, underWay) => new RingTransfer(source, underWay)),
        ["private"] = bytes => new PipeThroughput(bytes, inPlace: false, Pipe),
        ["private-tuned-pipe"] = bytes => new PipeThroughput(bytes, inPlace: false, TunedPipe),
        ["to-guest"] = bytes => new PipeToGuest(bytes),
        ["socket"] = bytes => new SocketThroughput(bytes, Processors.Device),
        ["socket-guest-beside-reader"] = bytes => new SocketThroughput(bytes, Processors.Driver),
        ["round-trip"] = _ => new PolledRoundTrip(),
        ["round-trip-socket"] = _ => new SocketRoundTrip(),
        ["beside-idle"] = bytes => new BesideIdlePorts(bytes),
    };

    public static Command Create()
    {
        Option<string> what = new("--case") { Description = "What passes the port.", DefaultValueFactory = _ => "in-place" };
        what.AcceptOnlyFromAmong([.. s_cases.Keys]);
        Option<int> size = new("--size") { Description = "Bytes of a buffer.", DefaultValueFactory = _ => 65536 };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 5 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first run.", DefaultValueFactory = _ => 2.5 };
        var command = new Command("port", "Bytes through a port of the console device, and the same without it in turn.") { what, size, runs, warm };
        command.SetAction(parsed =>
        {
            using IComparison comparison = s_cases[parsed.GetValue(what)!](parsed.GetValue(size));
            return ComparedRuns.Measure(comparison, parsed.GetValue(runs), parsed.GetValue(warm)).Print();
        });
        return command;
    }

    private static PipeTransfer Pipe(byte[] source, int bytesUnderWay) => new(source, bytesUnderWay);

    private static PipeTransfer TunedPipe(byte[] source, int bytesUnderWay) => new(source, bytesUnderWay, new SegmentPool(source.Length));
}
