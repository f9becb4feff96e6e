using FastRing.Host.Isolation;
using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;

namespace FastRing.Host.Tests.Isolation;

/// <summary>What guests that share nothing can have, and what not.</summary>
public sealed class IsolationCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fastring-isolation-").FullName;

    [Theory]
    [InlineData("unix:FOLDER/a/s", "unix:FOLDER/b/s", true)]
    [InlineData("unix:FOLDER/a/s", "unix:FOLDER/ab/s", true)]
    [InlineData("unix:FOLDER/a/s", "unix:FOLDER/a/t", false)]
    [InlineData("unix:FOLDER/a/s", "file:FOLDER/a/below/log", false)]
    [InlineData("hub:FOLDER/a/below/s", "pty:FOLDER/a/link", false)]
    [InlineData("unix:FOLDER/a/s", "unix:FOLDER/b/../a/t", false)]
    [InlineData("unix:FOLDER/a/s", "unix:FOLDER/link/t", false)]
    [InlineData("unix:FOLDER/a/s", "unix:FOLDER/link/below/t", false)]
    [InlineData("unix:FOLDER/a/s", "fifo:FOLDER/a/pipe", false)]
    [InlineData("unix:FOLDER/a/s", "connect:FOLDER/a/t", true)] // It makes nothing there.
    [InlineData("unix:FOLDER/a/s", "tcp:0,tls-cert=FOLDER/a/c.pem,tls-key=FOLDER/a/k.pem", false)] // It could replace them.
    [InlineData("tcp:0,tls-cert=FOLDER/b/c.pem,tls-key=FOLDER/a/below/k.pem", "file:FOLDER/a/log", false)]
    [InlineData("tcp:0,tls-cert=FOLDER/b/c.pem,tls-key=FOLDER/b/k.pem", "tcp:0,tls-cert=FOLDER/b/c.pem,tls-key=FOLDER/a/k.pem", false)] // It could read the other's key.
    [InlineData("tcp:0,tls-cert=FOLDER/b/c.pem,tls-key=FOLDER/b/k.pem", "tcp:0,tls-cert=FOLDER/b/c.pem,tls-key=FOLDER/b/k.pem", true)] // One key.
    [InlineData("tcp:0,tls-ca=FOLDER/b/ca.pem,tls-cert=FOLDER/c/c.pem,tls-key=FOLDER/c/k.pem", "tcp:0,tls-ca=FOLDER/b/ca.pem,tls-cert=FOLDER/d/c.pem,tls-key=FOLDER/d/k.pem", true)]
    [InlineData("file:/dev/null", "file:/dev/null", true)]
    [InlineData("bridge:x", "bridge:y", true)]
    [InlineData("bridge:x", "bridge:x", false)]
    [InlineData("echo", "fd:7", false)]
    [InlineData("echo", "stdio", false)]
    public void Ports_of_two_guests_have_nothing_in_common(string first, string second, bool isAllowed)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "a"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), Path.Combine(_folder, "a"));
        Assert.Equal(isAllowed, !IsolationCheck.Of(Config(Guest("vm0", first), Guest("vm1", second))).Any());
    }

    [Fact]
    public void One_guest_s_own_ports_may_have_what_they_like()
    {
        GuestConfig guest = Guest("vm0", "bridge:x") with { Ports = [Port("a", "bridge:x"), Port("b", "bridge:x"), Port("c", "unix:/run/a/s"), Port("d", "unix:/run/a/below/s")] };
        Assert.Empty(IsolationCheck.Of(Config(guest, Guest("vm1", "unix:FOLDER/b/s"))));
    }

    [Theory]
    [InlineData("unix:/run/vms/port", false)]
    [InlineData("file:/run/log", false)] // Above it.
    [InlineData("unix:/run/vms/vm0/port", true)]
    [InlineData("connect:/run/vms/port", true)]
    public void No_port_changes_a_folder_where_another_guest_s_VMM_connects(string backend, bool isAllowed)
    {
        GuestConfig other = Guest("vm1", "echo");
        Assert.Equal(isAllowed, !IsolationCheck.Of(Config(Guest("vm0", backend) with { SocketPath = "/run/vm0.sock" }, other)).Any());
        Assert.Empty(IsolationCheck.Of(Config(Guest("vm0", backend)))); // Its own is its own affair.
    }

    [Fact]
    public void No_port_changes_the_folder_of_the_configuration()
    {
        var source = new ConfigSource(Path.Combine(_folder, "guests.json"), "{}"u8.ToArray());
        Assert.Single(IsolationCheck.Of(Config(Guest("vm0", "file:FOLDER/log")) with { Source = source }));
        Assert.Empty(IsolationCheck.Of(Config(Guest("vm0", "file:FOLDER/vm0/log")) with { Source = source }));
    }

    [Fact]
    public void The_next_process_of_a_guest_follows_no_link_that_the_last_one_left_and_has_no_terminals()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "vm0"));
        string neighbour = Directory.CreateDirectory(Path.Combine(_folder, "vm1")).FullName;
        File.WriteAllText(Path.Combine(neighbour, "log"), "");
        File.CreateSymbolicLink(Path.Combine(_folder, "vm0", "log"), Path.Combine(neighbour, "log"));
        DaemonConfig shared = Config(Guest("vm0", "file:FOLDER/vm0/log"));
        DaemonConfig isolated = GuestShare.Of(shared, shared.Guests[0]);

        Assert.Contains(neighbour, Paths(shared));
        Assert.DoesNotContain(neighbour, Paths(isolated));
        Assert.Contains(Path.Combine(_folder, "vm0"), Paths(isolated));
        Assert.DoesNotContain("/dev/pts", Paths(isolated));
        Assert.Contains("/dev/pts", Paths(isolated with { Guests = [Guest("vm0", "pty:FOLDER/vm0/tty")] }));

        static IEnumerable<string> Paths(DaemonConfig config) => SandboxFiles.Of(config, config.Sandbox).Select(f => f.Path);
    }

    [Theory]
    [InlineData("vm0", true)]
    [InlineData(null, false)] // It would be called by its socket's path.
    [InlineData("..", false)]
    [InlineData(".", false)]
    [InlineData("a-name-of-sixty-characters-and-more-which-makes-the-path-of-a-socket-too-long-for-the-kernel-to-take", false)]
    public void With_an_API_each_guest_has_a_name_that_can_be_a_folder_s(string? name, bool isAllowed)
    {
        DaemonConfig config = Config(Guest(name, "echo")) with { Api = new ApiConfig { SocketPath = "/run/fastring/api.sock" } };
        Assert.Equal(isAllowed, !IsolationCheck.Of(config).Any());
        Assert.Empty(IsolationCheck.Of(config with { Api = null }));
    }

    [Fact]
    public void An_API_s_folder_is_its_guest_s_alone_too()
    {
        DaemonConfig config = Config(Guest("vm0", "unix:FOLDER/vm1/s"), Guest("vm1", "echo")) with { Api = new ApiConfig { SocketPath = Path.Combine(_folder, "api.sock") } };
        Assert.Equal("guests[1].ports", Assert.Single(IsolationCheck.Of(config)).Place);
        Assert.Equal(Path.Combine(_folder, "vm1", "api.sock"), GuestShare.Of(config, config.Guests[1]).Api!.SocketPath);
    }

    [Fact]
    public void A_folder_that_a_process_has_rights_to_is_no_other_guest_s_until_that_process_ends()
    {
        GuestConfig guest = Guest("vm0", "unix:FOLDER/a/s");
        DaemonConfig begun = GuestShare.Of(Config(guest), guest);
        Assert.Equal("guests[1].ports", Assert.Single(IsolationCheck.Held(Config(Guest("vm0", "unix:FOLDER/b/s"), Guest("vm1", "unix:FOLDER/a/below/s")), [begun])).Place);
        Assert.Single(IsolationCheck.Held(Config(Guest("vm1", "tcp:0,tls-cert=FOLDER/a/c.pem,tls-key=FOLDER/a/k.pem")), [begun]));
        Assert.Single(IsolationCheck.Held(Config(Guest("vm1", "echo") with { SocketPath = Path.Combine(_folder, "a", "v.sock") }), [begun]));
        Assert.Empty(IsolationCheck.Held(Config(Guest("vm0", "unix:FOLDER/a/t"), Guest("vm1", "unix:FOLDER/b/s")), [begun]));
    }

    [Fact]
    public void What_is_one_for_all_guests_is_refused_and_each_mistake_has_its_line()
    {
        string file = Path.Combine(_folder, "guests.json");
        File.WriteAllText(
            file,
            """
            { "guests": [
                { "name": "vm0", "socketPath": "/run/v/0", "ports": [ { "name": "a", "backend": "bridge:x" } ] },
                { "name": "vm1", "socketPath": "/run/v/1", "ports": [ { "name": "a",
                  "backend": "bridge:x" } ] } ],
              "metrics": { "listen": "9464" },
              "sandbox": { "diagnostics": true,
                "folders": [ "/tmp" ] } }
            """);
        ConfigFile read = ConfigFile.Load(file);
        UsageException e = Assert.Throws<UsageException>(() => IsolationCheck.ThrowIfWrong(new DaemonConfig(read.Guests, null, read.Sandbox!, read.Source) { Metrics = read.Metrics }));
        Assert.Equal([$"{file}:4", $"{file}:5", $"{file}:6", $"{file}:7"], e.Message.Split('\n').Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.Empty(IsolationCheck.Of(Config(Guest("vm0", "echo")) with { Metrics = new MetricsConfig { Api = true } }));
        Assert.Single(IsolationCheck.Of(Config(Guest("vm0", "echo")) with { Metrics = new MetricsConfig { Otlp = "http://127.0.0.1" } }));
    }

    [Fact]
    public void What_a_worker_leaves_to_the_next_can_not_have_that_one_connect_to_others()
    {
        DaemonConfig first = GuestShare.Of(Config(Guest("vm0", "unix:/run/vm0/a")), Guest("vm0", "unix:/run/vm0/a"));
        DaemonConfig left = first with { IsIsolated = false, Sandbox = new SandboxConfig { Mode = "off" }, Guests = [Guest("vm0", "unix:/run/vm0/b")] };
        DaemonConfig next = KeeperLink.Confined(left, first);
        Assert.Equal((left.Guests, first.Sandbox, true), (next.Guests, next.Sandbox, next.IsIsolated));
        Assert.Same(first, KeeperLink.Confined(left with { Guests = [Guest("vm0", "connect:/run/vm1/a")] }, first));
        DaemonConfig free = first with { Sandbox = new SandboxConfig { Mode = "off" } };
        DaemonConfig added = free with { Guests = [Guest("vm0", "connect:/run/vm1/a")] };
        Assert.Same(added.Guests, KeeperLink.Confined(added, free).Guests); // Nothing kept it from that, and its ports are its own.

        DaemonConfig connecting = GuestShare.Of(first, Guest("vm0", "connect:/run/vm0/a"));
        DaemonConfig other = connecting with { Guests = [Guest("vm0", "connect:/run/vm0/b")] };
        Assert.Same(other.Guests, KeeperLink.Confined(other, connecting).Guests); // The file may say so by now.
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static PortConfig Port(string name, string backend) => new() { Name = name, Backend = backend };

    private static DaemonConfig Config(params GuestConfig[] guests) => new(guests, null, new SandboxConfig(), null);

    private GuestConfig Guest(string? name, string backend) =>
        new() { Name = name, SocketPath = "/run/vms/v.sock", Ports = [Port("a", backend.Replace("FOLDER", _folder, StringComparison.Ordinal))] };
}
