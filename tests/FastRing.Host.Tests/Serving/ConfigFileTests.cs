using FastRing.Host.Serving;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Serving;

/// <summary>What is wrong with a configuration file is told with its line.</summary>
public sealed class ConfigFileTests
{
    /// <summary>The port of a guest that is otherwise fine stands in lines 3 to 5.</summary>
    private static string WithPort(string port) => $$"""
        { "guests": [ { "name": "vm0", "socketPath": "/tmp/x.sock",
          "ports": [
            {{port}}
          ] } ] }
        """;

    [Theory]
    [InlineData("{\n\"guests\": [ nonsense ]}", 2, "'nonsense ]}' is an invalid JSON literal")]
    [InlineData("{\n\"guests\": [],\n \"guest\": 1}", 3, "'guest' is not known here")]
    [InlineData("{\n\"guests\": [],\n \"guests\": []}", 3, "Duplicate property 'guests'")]
    [InlineData("{\n\"guests\":\n []}", 2, "no guests")]
    [InlineData("{\n\"guests\":\n [\n null]}", 4, "a guest is null")]
    [InlineData("{\n\"guests\":\n [{\n\"name\": \"vm0\"}]}", 3, "guest 'vm0' has no socketPath")]
    [InlineData("{\n\"guests\":\n [{\n\"ports\": []}]}", 3, "a guest has no socketPath")]
    [InlineData("{\n\"guests\": [{\"name\": \"a\\nguests.json:9: b\",\n\"socketPath\": \"/tmp/a\"}]}", 2, "printable")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\", \"console\": \"ring:1T\"}]}", 2, "1G or less")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\", \"console\": \"pty:/tmp/../tmp/a\"}]}", 2, "/tmp/../tmp/a is used twice")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\", \"ports\": [{\"name\": \"a\", \"backend\": \"unix:/tmp/b\"},\n{\"name\": \"b\",\n\"backend\": \"hub:/tmp/b\"}]}]}", 4, "/tmp/b is used twice")]
    [InlineData("{\n\"guests\": [{\n\"socketPath\": \"/tmp/a\"},\n{\"name\": \"b\",\n\"socketPath\": \"/tmp/a\"}]}", 5, "socketPath /tmp/a is used twice")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\", \"name\": \"n\"},\n{\"socketPath\": \"/tmp/b\",\n\"name\": \"n\"}]}", 4, "guest 'n': its name is used twice")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"name\": \"a b\"}]}", 3, "printable")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"maxPorts\": 512}]}", 3, "max ports is 1 to 511, not 512")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"maxPorts\": \"8\"}]}", 3, "guests[0].maxPorts: must be a whole number")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"eventIndex\": 1}]}", 3, "guests[0].eventIndex: must be true or false")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"ports\": \"a\"}]}", 3, "guests[0].ports: must be a list")]
    [InlineData("{\n\"guests\": [{\"socketPath\":\n 1}]}", 3, "guests[0].socketPath: must be text")]
    [InlineData("{\"guests\": [{\n\"socketPath\": \"/tmp/a\\u0000b\"}]}", 2, "zero character")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"console\": \"unix:/tmp/a\\u0000b\"}]}", 2, "zero character")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\", \"ports\": [\n{\"name\": 5, \"backend\": \"echo\"}]}]}", 2, "name: must be text")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"protocol\": \"vhost\"}]}", 2, "unknown protocol 'vhost': expected vhost-user or vfio-user")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"memorySeals\": \"some\"}]}", 2, "unknown memorySeals 'some': expected any, add or require")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\"}],\n\"sandbox\": {\n\"mode\": \"perhaps\"}}", 3, "unknown sandbox 'perhaps': expected off, log, on, strict")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\"}],\n\"sandbox\": {\n\"user\": \"no:body\"}}", 3, "no user 'no:body'")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\"}],\n\"sandbox\": {\n\"folders\": [\"/not/there\"]}}", 3, "folder /not/there is not there")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\"}],\n\"sandbox\": {\n\"folders\": [null]}}", 3, "is not there")]
    [InlineData("{\n\"guests\": [\n3]}", 3, "guests[0]: must be an object")]
    [InlineData("{\n\"guests\": [", 2, "")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"ports\": null}]}", 3, "guests[0].ports: must not be null")]
    [InlineData("{\n\"guests\": [],\n \"guest\": 1}", 3, "3: 'guest' is not known here")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\", \"ports\": [{\"backend\": \"null\",\n\"name\": \"\\ud800\"}]}]}", 2, "name: must be text")]
    [InlineData("{\n\"guests\": [{}", 2, "it ends too early")]
    [InlineData("{\"guests\": [{\n\"socketPath\": \"/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}]}", 2, "1 to 107 bytes")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"console\": \"hub:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}]}", 2, "1 to 107 bytes")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\", \"console\": \"file:/tmp/b\",\n\"ports\": [{\"name\": \"a\", \"backend\": \"file:/tmp/b,timestamps\"}]}]}", 2, "/tmp/b is used twice")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\", \"console\": \"null\", \"ports\": [{\"backend\": \"null\",\n\"name\": \"console\"}]}]}", 2, "that is what the guest's console is called here")]
    [InlineData("", 1, "empty")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\n\"wait\": \"nap\"}]}", 4, "unknown wait 'nap'")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\n\"consoleSize\": \"80x24\"}]}", 4, "goes with a console")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\n\"console\": \"tcp\"}]}", 4, "console: ")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\", \"console\": \"null\",\n\n\"consoleSize\": \"80\"}]}", 4, "console size '80'")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"resizeOrder\": \"sideways\"}]}", 3, "sideways")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\",\n\"restored\": \"again\"}]}", 3, "unknown restored 'again': expected resume or restart")]
    [InlineData("{\n\"guests\": [{\"socketPath\":\n\"@a\"}]}", 2, "abstract")]
    [InlineData("{\n\"guests\": [{\"socketPath\": \"/tmp/a\", \"ports\": [{\"name\": \"a\", \"backend\": \"stdio\"},\n{\"name\": \"b\",\n\"backend\": \"stdio\"}]}]}", 4, "stdio can be the backend of one port only")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\"}],\n\"api\": {\n\"mode\": \"0999\"}}", 3, "'0999'")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\"}],\n\"api\": {\n\"socketPath\": \"@api\"}}", 3, "@api is an abstract socket")]
    [InlineData("{\"guests\": [{\"socketPath\": \"/tmp/a\"}],\n\"api\": {\n\"admins\": {\"uids\": [-1]}}}", 3, "api.admins.uids[0]: must be a whole number, 0 or more")]
    public void A_mistake_is_told_with_file_and_line(string json, int line, string expected)
    {
        string message = Message(json);
        Assert.StartsWith($"guests.json:{line}: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", message, StringComparison.Ordinal);
        Assert.DoesNotContain("FastRing.Host", message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("deserializ", message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("isFinalBlock", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", 3, "a port is null")]
    [InlineData("{ \"backend\": \"echo\" }", 3, "guests[0].ports[0]: needs 'name'")]
    [InlineData("{ }", 3, "guests[0].ports[0]: needs 'name', 'backend'")]
    [InlineData("{ \"name\": \"\",\n \"backend\": \"echo\" }", 3, "a port has no name")]
    [InlineData("{ \"backend\": \"echo\",\n \"name\": \"a/b\" }", 4, "port 'a/b'")]
    [InlineData("{ \"name\": \"a\",\n \"backend\": \"carrier-pigeon\" }", 4, "carrier-pigeon")]
    [InlineData("{ \"name\": \"a\",\n \"backend\": \"unix:@open\" }", 4, "@open is an abstract socket")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\",\n \"id\": 0 }", 4, "number 0 is reserved")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\",\n \"id\": 31 }", 4, "its number is 0 to 30")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\",\n \"id\": 127 }", 4, "up to 126")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\",\n \"limits\": {\n \"toHost\": {\n \"bytesPerSecond\": 0 } } }", 6, "1 or more bytes a second, not 0")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\",\n \"limits\": {\n \"toGuest\": {\n \"messagesPerSecond\": -5 } } }", 6, "1 or more messages a second, not -5")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\",\n \"whenHostClosed\": \"panic\" }", 4, "unknown whenHostClosed 'panic'")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\",\n \"whenClientLeaves\": \"cry\" }", 4, "unknown whenClientLeaves 'cry'")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\" },\n {\n \"name\": \"a\", \"backend\": \"null\" }", 5, "port name 'a' is used twice")]
    [InlineData("{ \"name\": \"a\", \"backend\": \"echo\", \"id\": 2 },\n { \"name\": \"b\", \"backend\": \"null\",\n \"id\": 2 }", 5, "port number 2 is used twice")]
    [InlineData("// A comment.\n /* And\n another. */ { \"name\": \"a\", \"backend\": \"echo\", \"color\": \"red\", }", 5, "'color' is not known here")]
    public void A_ports_mistake_is_told_with_its_own_line(string port, int line, string expected)
    {
        string message = Message(WithPort(port));
        Assert.StartsWith($"guests.json:{line}: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_in_their_order()
    {
        string[] lines = Message(
            """
            { "guests": [
              { "name": "vm0", "socketPath": "/tmp/x.sock", "maxPorts": 0,
                "ports": [
                  { "name": "a b", "backend": "echo" },
                  { "name": "c", "backend": "nothing" },
                  { "name": "d", "backend": "echo", "limits": { "toHost": { "bytesPerSecond": 0 } } } ] },
              { "name": "vm1", "socketPath": "/tmp/x.sock", "wait": "nap" } ],
              "api": { "mode": "rw" } }
            """).Split('\n');

        Assert.Equal([2, 4, 5, 6, 7, 7, 8], lines.Select(l => int.Parse(l.Split(':')[1])));
    }

    [Fact]
    public void Comments_trailing_commas_and_a_byte_order_mark_are_fine()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], "\uFEFF{ // Guests.\n\"guests\": [ { \"socketPath\": \"/tmp/a\", }, ], }");
        Assert.Equal("/tmp/a", Assert.Single(ConfigFile.Load(folder["guests.json"]).Guests).SocketPath);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("/nowhere/guests.json", Assert.Throws<UsageException>(() => ConfigFile.Load("/nowhere/guests.json")).Message, StringComparison.Ordinal);

    private static string Message(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], json);
        string message = Assert.Throws<UsageException>(() => ConfigFile.Load(folder["guests.json"])).Message;
        return message.Replace(folder.FullName + "/", "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/tmp")]
    public void What_is_no_file_is_refused_without_reading_it(string path) =>
        Assert.Equal($"{path}: not a file", Assert.Throws<UsageException>(() => ConfigFile.Load(path)).Message);

    [Fact]
    public void A_file_larger_than_16_MiB_is_refused_without_reading_it()
    {
        using var folder = new TemporaryFolder();
        using (FileStream file = File.Create(folder["guests.json"]))
        {
            file.SetLength((16 << 20) + 1);
        }

        Assert.Equal($"{folder["guests.json"]}: larger than 16 MiB", Assert.Throws<UsageException>(() => ConfigFile.Load(folder["guests.json"])).Message);
    }
}
