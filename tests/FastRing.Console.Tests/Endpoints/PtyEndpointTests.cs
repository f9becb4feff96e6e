using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

public sealed class PtyEndpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_port_is_open_while_a_program_has_the_terminal_open_and_bytes_pass_as_they_are()
    {
        using var console = new TestConsole(new PortOptions("a", new PtyEndpoint(_folder["tty"])));
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        port.Open();
        console.Settle();
        console.Driver.Poll();
        Assert.False(port.IsHostOpen);
        for (int i = 0; i < 3; i++)
        {
            using (var program = new TerminalProgram(_folder["tty"]))
            {
                console.Until(() => port.IsHostOpen, "host open");
                byte[] odd = [0, 3, 4, 10, 13, 17, 19, 26, 28, 127, 255];
                program.Send(odd);
                Assert.Equal(odd, console.Read(port, odd.Length));
                console.Write(port, odd);
                Assert.Equal(odd, program.Receive(odd.Length));
            }

            console.Until(() => !port.IsHostOpen, "host closed");
        }
    }

    [Fact]
    public async Task A_hundred_thousand_bytes_pass_each_way()
    {
        const int Count = 100_000;
        using var console = new TestConsole(new PortOptions("a", new PtyEndpoint()));
        console.StartDriver();
        using var program = new TerminalProgram(console.PortOf("a").Address!);
        DriverPort port = console.Open("a");
        Task sending = Task.Run(() => program.Send(Pattern.Bytes(0, Count)), TestContext.Current.CancellationToken);
        Pattern.AssertIs(console.Read(port, Count), 0);
        await sending;
        Task<byte[]> receiving = Task.Run(() => program.Receive(Count), TestContext.Current.CancellationToken);
        console.Write(port, Pattern.Bytes(5, Count));
        Pattern.AssertIs(await receiving, 5);
    }

    [Fact]
    public void What_a_program_wrote_before_it_left_is_read_before_the_port_closes()
    {
        using var console = new TestConsole(new PortOptions("a", new PtyEndpoint(_folder["tty"])));
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        port.Open();
        using (var program = new TerminalProgram(_folder["tty"]))
        {
            program.Send("last words"u8);
        }

        Assert.Equal("last words"u8.ToArray(), console.Read(port, 10));
        console.Until(() => !port.IsHostOpen && !IsOpen(console), "host closed");
    }

    [Fact]
    public void The_next_program_gets_nothing_that_was_meant_for_the_one_before()
    {
        using var console = new TestConsole(new PortOptions("a", new PtyEndpoint(_folder["tty"])));
        console.StartDriver();
        var first = new TerminalProgram(_folder["tty"]);
        DriverPort port = console.Open("a");
        console.Write(port, "for the first"u8);
        console.Until(() => console.PortOf("a").Counters.BytesToHost == 13, "written");
        first.Dispose();
        console.Until(() => !port.IsHostOpen, "host closed");

        using var second = new TerminalProgram(_folder["tty"]);
        console.Until(() => port.IsHostOpen, "host open");
        Assert.Equal(-Errno.EAGAIN, second.TryRead(new byte[1]));
        console.Write(port, "second"u8);
        Assert.Equal("second"u8.ToArray(), second.Receive(6));
    }

    [Fact]
    public async Task Who_is_sent_away_is_hung_up_and_the_next_finds_a_terminal_behind_the_link()
    {
        using var console = new TestConsole(new PortOptions("a", new PtyEndpoint(_folder["tty"])));
        console.StartDriver();
        using var first = new TerminalProgram(_folder["tty"]);
        DriverPort port = console.Open("a");

        await console.PortOf("a").DisconnectAsync();

        Assert.InRange(first.TryRead(new byte[1]), -Errno.EIO, 0);
        console.Until(() => !port.IsHostOpen, "host closed");
        using var second = new TerminalProgram(_folder["tty"]);
        console.Until(() => port.IsHostOpen, "host open");
        second.Send("x"u8);
        Assert.Equal("x"u8.ToArray(), console.Read(port, 1));
    }

    [Fact]
    public void A_consoles_guest_follows_the_size_of_the_terminal()
    {
        using var console = new TestConsole(new PortOptions("", new PtyEndpoint(_folder["tty"]), IsConsole: true));
        console.StartDriver();
        using var program = new TerminalProgram(_folder["tty"]);
        program.Resize(132, 43);
        console.Until(() => console.Device.Ports[0].Size == new ConsoleSize(132, 43), "the size");
        program.Resize(80, 24);
        console.Until(() => console.Device.Ports[0].Size == new ConsoleSize(80, 24), "the next size");
    }

    [Fact]
    public void A_stale_link_is_replaced_and_the_own_one_goes_with_the_port()
    {
        File.CreateSymbolicLink(_folder["tty"], "/dev/pts/99999");
        using (var endpoint = new PtyEndpoint(_folder["tty"]))
        {
            Assert.True(File.Exists(new FileInfo(_folder["tty"]).LinkTarget));
        }

        Assert.Null(new FileInfo(_folder["tty"]).LinkTarget);
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(_folder["tty"])!));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("link to a file")]
    [InlineData("link of another")]
    public void What_stands_in_the_links_place_is_left_alone(string what)
    {
        using var another = new PtyEndpoint();
        File.WriteAllText(_folder["precious"], "precious");
        if (what == "file")
        {
            File.WriteAllText(_folder["tty"], "precious");
        }
        else
        {
            File.CreateSymbolicLink(_folder["tty"], what == "link to a file" ? _folder["precious"] : another.Address);
        }

        string? before = new FileInfo(_folder["tty"]).LinkTarget;
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => new PtyEndpoint(_folder["tty"])).Errno);
        Assert.Equal(before, new FileInfo(_folder["tty"]).LinkTarget);
        Assert.Equal("precious", what == "link of another" ? "precious" : File.ReadAllText(_folder["tty"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(Path.GetDirectoryName(_folder["tty"])!).Length);
    }

    private static bool IsOpen(TestConsole console)
    {
        bool isOpen = false;
        console.OnWorker(() => isOpen = console.PortOf("a").Endpoint!.IsOpen);
        return isOpen;
    }
}
