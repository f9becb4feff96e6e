using System.Text.Json;
using FastRing.Host.Client;
using FastRing.Host.Commands;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;
using Spectre.Console;

namespace FastRing.Host.Tests.Client;

/// <summary>What people read.</summary>
public sealed class TextTests
{
    [Theory]
    [InlineData("plain text, 100 % of it: \u00e4\u4e2d\U0001F600", "plain text, 100 % of it: \u00e4\u4e2d\U0001F600")]
    [InlineData("\u001b]0;title\u0007", "\uFFFD]0;title\uFFFD")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("\u202Egnp.exe", "\uFFFDgnp.exe")]
    [InlineData("\u009b31m", "\uFFFD31m")]
    public void What_a_guest_says_cannot_steer_a_terminal(string text, string plain) => Assert.Equal(plain, PlainText.Of(text));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(64 << 20, "64 MiB")]
    [InlineData(1e18, "909494.7 TiB")]
    public void Bytes_have_a_unit(double count, string text) => Assert.Equal(text, PortText.Bytes(count));

    [Theory]
    [InlineData("nothing", true, "open")]
    [InlineData("driver", false, "waits for a VMM")]
    [InlineData("driver", true, "waits for the guest's driver")]
    [InlineData("guestOpen", true, "waits for the guest to open it")]
    [InlineData("hostOpen", true, "waits for a client on the host")]
    [InlineData("failed", true, "failed")]
    [InlineData("somethingNewer", true, "somethingNewer")]
    public void A_ports_state_is_what_it_waits_for(string waits, bool isConnected, string state) =>
        Assert.Equal(state, PortText.State(Examples.Guest("vm0") with { IsConnected = isConnected }, Examples.Port("vm0", "a", 1, waits: waits)));

    [Fact]
    public void The_list_has_a_row_a_port_and_one_for_a_guest_without_ports()
    {
        string[] lines = Render(ListCommand.TableOf([.. Examples.Two(), Examples.Guest("empty")]));
        Assert.Equal(7, lines.Length);
        Assert.Equal("GUEST|ID|NAME|KIND|BACKEND|STATE|TO HOST|TO GUEST", Squeeze(lines[0]));
        Assert.Equal("vm0|0|console|console|unix:/run/c.sock|open|0 B|0 B", Squeeze(lines[1]));
        Assert.Equal("/tmp/vm1.sock|3|9|port|echo|open|0 B|0 B", Squeeze(lines[5]));
        Assert.Equal("empty|-|-|-|-|no ports|-|-", Squeeze(lines[6]));
    }

    [Fact]
    public void Markup_in_what_is_shown_is_text()
    {
        string[] lines = Render(ListCommand.TableOf([Examples.Guest("vm0", Examples.Port("vm0", "[red]x[/]", 1, backend: "unix:/a[b"))]));
        Assert.Contains("[red]x[/]", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_told_in_words()
    {
        Assert.Equal("no limits", LimitCommand.Words(null));
        Assert.Equal("no limits", LimitCommand.Words(new LimitsConfig()));
        Assert.Equal(
            "to host 1000 bytes/s, 5 messages/s; to guest 7 messages/s",
            LimitCommand.Words(new LimitsConfig { ToHost = new RateConfig { BytesPerSecond = 1000, MessagesPerSecond = 5 }, ToGuest = new RateConfig { MessagesPerSecond = 7 } }));
    }

    [Fact]
    public void A_reload_is_told_line_by_line() => Assert.Equal(
        ["added vm0/a", "removed vm0/b", "changed vm1", "unchanged 3"],
        ReloadCommand.Lines(new ReloadResult(["vm0/a"], ["vm0/b"], ["vm1"], 3)));

    [Fact]
    public void An_agents_answer_is_lines_or_a_table()
    {
        Assert.Equal(
            ["name: Debian", "version: -", "is: yes", "cpus: 1, 2", "nested: a=1 b=x"],
            AgentAnswer.Lines(Parse("""{"name": "Debian", "version": null, "is": true, "cpus": [1, 2], "nested": {"a": 1, "b": "x"}}""")));
        Assert.Equal(["none"], AgentAnswer.Lines(Parse("[]")));
        Assert.Equal(["list:", "  a=1", "  a=2"], AgentAnswer.Lines(Parse("""{"list": [{"a": 1}, {"a": 2}]}""")));
        Assert.Equal(["hello\uFFFD"], AgentAnswer.Lines(Parse("\"hello\\u001b\"")));
        string[] lines = Render(AgentAnswer.TableOf(Parse("""[{"name": "eth0", "isUp": true}, {"name": "[x]", "mtu": 1500}]""")));
        Assert.Equal(["NAME|IS UP|MTU", "eth0|yes|-", "[x]|-|1500"], lines.Select(Squeeze));
    }

    [Fact]
    public void Rates_are_what_passed_in_between_the_busiest_first()
    {
        var before = new[] { Examples.Guest("vm0", Examples.Port("vm0", "a", 1, toHost: 100), Examples.Port("vm0", "began.anew", 2, toHost: 1000)) };
        var after = new[]
        {
            Examples.Guest(
                "vm0", Examples.Port("vm0", "a", 1, toHost: 300, toGuest: 50), Examples.Port("vm0", "began.anew", 2, toHost: 10), Examples.Port("vm0", "new", 3, toGuest: 4000)),
        };

        TopSample sample = TopSample.Between(before, after, DateTimeOffset.UnixEpoch, 2);

        Assert.Equal([("new", 0d, 2000d), ("a", 100d, 25d), ("began.anew", 5d, 0d)], sample.Ports.Select(p => (p.Name, p.ToHostPerSecond, p.ToGuestPerSecond)));
        Assert.Equal("vm0|new|0 B|2 KiB|0 B|3.9 KiB|0 B|nothing", Squeeze(Render(TopCommand.TableOf(sample))[1]));
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static string[] Render(Table table)
    {
        var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 4096;
        console.Write(table);
        return [.. text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd())];
    }

    private static string Squeeze(string line) => System.Text.RegularExpressions.Regex.Replace(line.Trim(), "  +", "|");
}
