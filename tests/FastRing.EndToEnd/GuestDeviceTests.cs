using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Host;
using FastRing.Host.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.EndToEnd;

/// <summary>What a guest's configuration says about its ports and its console.</summary>
public sealed class GuestDeviceTests
{
    [Fact]
    public void What_a_configuration_file_says_is_what_the_device_has()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], """
            {"guests": [{"socketPath": "a", "maxPorts": 8, "console": "null", "consoleSize": "132x43", "resizeOrder": "columnsFirst", "ports": [
                {"name": "plain", "backend": "null"},
                {"name": "all", "backend": "echo", "id": 7, "whenHostClosed": "discard", "whenClientLeaves": "keep",
                 "limits": {"toHost": {"bytesPerSecond": 5000000000, "messagesPerSecond": 200}, "toGuest": {"bytesPerSecond": 3}}}]}]}
            """);
        using var endpoint = new NullEndpoint();

        ConsoleOptions options = GuestDevice.Of(Assert.Single(ConfigFile.Read(folder["guests.json"])), _ => endpoint);

        Assert.Null(options.WhyInvalid());
        Assert.Equal((8, ResizeOrder.ColumnsFirst), (options.MaxPorts, options.ResizeOrder));
        Assert.Equal(
            [
                new PortOptions("", endpoint, IsConsole: true) { Size = new ConsoleSize(Columns: 132, Rows: 43) },
                new PortOptions("plain", endpoint) { WhenHostClosed = HostClosedPolicy.Hold, WhenClientLeaves = DisconnectPolicy.Discard },
                new PortOptions("all", endpoint)
                {
                    Id = 7,
                    WhenHostClosed = HostClosedPolicy.Discard,
                    WhenClientLeaves = DisconnectPolicy.Keep,
                    Limits = new PortLimits(new RateLimit(5_000_000_000, 200), new RateLimit(3)),
                },
            ],
            options.Ports);
    }

    [Fact]
    public void A_guest_that_says_nothing_is_told_no_size_and_rows_first()
    {
        using var endpoint = new NullEndpoint();
        ConsoleOptions options = GuestDevice.Of(new GuestConfig { Console = "null" }, _ => endpoint);
        Assert.Equal((null, ResizeOrder.RowsFirst), (Assert.Single(options.Ports).Size, options.ResizeOrder));
    }

    [Fact]
    public void What_is_impossible_is_refused_with_the_names_of_guest_and_port()
    {
        Refused("port 'a': unknown whenHostClosed 'wait': expected hold or discard", p => p.WhenHostClosed = "wait");
        Refused("port 'a': unknown whenClientLeaves 'hold': expected discard or keep", p => p.WhenClientLeaves = "hold");
        Refused("port 'a': a limit is 1 or more bytes a second, not 0", p => p.Limits = new() { ToHost = new() { BytesPerSecond = 0 } });
        Refused("port 'a': a limit is 1 or more messages a second, not -5", p => p.Limits = new() { ToGuest = new() { MessagesPerSecond = -5 } });
        Refused("port 'a': number 0 is reserved for a console", p => p.Id = 0);
        Refused("port 'a': its number is 0 to 30, not 31", p => p.Id = 31);
        Refused("port 'a': its number is 0 to 30, not -1", p => p.Id = -1);
        Refused("port number 3 is used twice", p => p.Id = 3);
        Refused("port 'a': vhost-user reaches numbers up to 126, not 127", p => p.Id = 127, c => c.MaxPorts = 511);
        Refused("unknown resize order 'spec': expected rowsFirst or columnsFirst", _ => { }, c => c.ResizeOrder = "spec");
        Refused("unknown restored 'again': expected resume or restart", _ => { }, c => c.Restored = "again");
        Refused("a console size goes with a console", _ => { }, c => c.ConsoleSize = "80x24");
        foreach (string size in (string[])["80", "80x", "x24", "80x24x2", "0x24", "80x-1", "+80x24", "80x65536", "80 x 24", ""])
        {
            Refused($"unknown console size '{size}': expected COLUMNSxROWS, for example 80x24", _ => { }, c => (c.Console, c.ConsoleSize) = ("null", size));
        }

        static void Refused(string why, Action<PortConfig> wrong, Action<GuestConfig>? wrongToo = null)
        {
            var port = new PortConfig { Name = "a", Backend = "null" };
            wrong(port);
            var config = new GuestConfig { Name = "vm0", SocketPath = "/nowhere/at/all", Ports = [port, new PortConfig { Name = "b", Backend = "null", Id = 3 }] };
            wrongToo?.Invoke(config);
            Assert.Equal($"guest 'vm0': {why}", Assert.Throws<UsageException>(() => ServedGuests.Open([config], NullLogger.Instance)).Message);
        }
    }
}
