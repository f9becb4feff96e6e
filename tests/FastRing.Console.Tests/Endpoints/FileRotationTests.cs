using System.Text;
using System.Text.RegularExpressions;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Endpoints;

/// <summary>Files with a limit, and with the time in front of each line.</summary>
public sealed class FileRotationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_file_with_a_limit_never_grows_beyond_it_and_the_newest_bytes_are_kept(int keep)
    {
        const int Limit = 10_000;
        const int Total = 123_456;
        Write(new FileEndpointOptions { MaxBytes = Limit, Keep = keep }, Pattern.Bytes(0, Total));

        byte[] kept = [.. Enumerable.Range(1, keep).Reverse().SelectMany(n => File.ReadAllBytes($"{_folder["log"]}.{n}")), .. File.ReadAllBytes(_folder["log"])];
        Assert.Equal(keep + 1, Directory.GetFiles(Path.GetDirectoryName(_folder["log"])!).Length);
        Assert.All(Enumerable.Range(1, keep), n => Assert.Equal(Limit, new FileInfo($"{_folder["log"]}.{n}").Length));
        Assert.Equal((keep * Limit) + (Total % Limit), kept.Length);
        Pattern.AssertIs(kept, Total - kept.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["log"]));
    }

    [Fact]
    public void What_a_file_holds_already_counts()
    {
        File.WriteAllBytes(_folder["log"], new byte[9_000]);
        Write(new FileEndpointOptions { MaxBytes = 10_000 }, Pattern.Bytes(0, 2_000));

        Assert.Equal(10_000, new FileInfo(_folder["log"] + ".1").Length);
        Pattern.AssertIs(File.ReadAllBytes(_folder["log"]), 1_000);
    }

    [Fact]
    public void A_file_that_can_not_be_renamed_closes_the_port_and_says_why()
    {
        Directory.CreateDirectory(_folder["log"] + ".1");
        File.WriteAllText(Path.Combine(_folder["log"] + ".1", "x"), "");
        using var console = new TestConsole(new PortOptions("log", new FileEndpoint(_folder["log"], new FileEndpointOptions { MaxBytes = 1024, Keep = 1 })));
        console.StartDriver();
        DriverPort port = console.Open("log");
        console.Write(port, new byte[2000]);

        console.Until(() => !port.IsHostOpen, "host closed");
        Assert.Contains("directory", Assert.Single(console.Logger.Lines), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1024, new FileInfo(_folder["log"]).Length);
    }

    [Fact]
    public void A_device_has_no_limit() =>
        Assert.Contains("regular", Assert.Throws<ArgumentException>(() => new FileEndpoint("/dev/null", new FileEndpointOptions { MaxBytes = 1024 })).Message, StringComparison.Ordinal);

    [Fact]
    public void Each_line_begins_with_its_time_however_it_was_written()
    {
        using (var console = new TestConsole(new PortOptions("log", new FileEndpoint(_folder["log"], new FileEndpointOptions { Timestamps = true }))))
        {
            console.StartDriver();
            DriverPort port = console.Open("log");
            foreach (string piece in (string[])["one", " line\nsec", "ond\n\nthird\n", "no end"])
            {
                console.Write(port, Encoding.ASCII.GetBytes(piece));
                console.Settle();
            }

            console.Until(() => console.PortOf("log").Counters.BytesToHost == 29, "all written");
        }

        string[] lines = File.ReadAllText(_folder["log"]).Split('\n');
        Assert.Equal(["one line", "second", "", "third", "no end"], lines.Select(l => l[25..]));
        Assert.All(lines, l => Assert.Matches(new Regex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "), l));
        Assert.All(lines, l => Assert.InRange(DateTimeOffset.Parse(l[..24], null), DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow));
    }

    [Fact]
    public void Timestamps_count_towards_the_limit()
    {
        Write(new FileEndpointOptions { MaxBytes = 2048, Keep = 100, Timestamps = true }, Enumerable.Repeat((byte)'\n', 10_000).ToArray());

        string[] files = Directory.GetFiles(Path.GetDirectoryName(_folder["log"])!);
        Assert.All(files, f => Assert.InRange(new FileInfo(f).Length, 1, 2048));
        string all = string.Concat(Enumerable.Range(1, files.Length - 1).Reverse().Select(n => File.ReadAllText($"{_folder["log"]}.{n}"))) + File.ReadAllText(_folder["log"]);
        Assert.Equal(100 * 2048 + File.ReadAllText(_folder["log"]).Length, all.Length);
        Assert.Equal(26, all[^26..].Length);
        Assert.EndsWith("Z \n", all, StringComparison.Ordinal);
    }

    private void Write(FileEndpointOptions options, byte[] bytes)
    {
        using var console = new TestConsole(new PortOptions("log", new FileEndpoint(_folder["log"], options)));
        console.StartDriver();
        console.Write(console.Open("log"), bytes);
        console.Until(() => console.PortOf("log").Counters.BytesToHost == (ulong)bytes.Length, "all written");
    }
}
