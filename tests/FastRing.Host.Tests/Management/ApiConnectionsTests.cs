using System.Text;
using FastRing.Host.Management;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Management;

/// <summary>Who connects and says nothing takes room, but not for long and not everybody's.</summary>
public sealed class ApiConnectionsTests
{
    private const string Config = """{ "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock" } ] }""";

    [Fact]
    public async Task One_connection_too_many_is_told_so_and_finds_room_when_another_ends()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        var silent = new List<Stream>();
        for (int i = 0; i <= ApiConnections.MostOfUser; i++)
        {
            silent.Add(await rig.ConnectAsync());
        }

        // Whichever came last; the others hear nothing for ten seconds, and that one for one.
        List<Task<string>> answers = [.. silent.Select(s => new StreamReader(s, Encoding.ASCII).ReadToEndAsync())];
        Task<string> first = await Task.WhenAny(answers).WaitAsync(Eventually.Patience);
        string answer = await first;
        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"may have {ApiConnections.MostOfUser}", answer, StringComparison.Ordinal);

        await silent[(answers.IndexOf(first) + 1) % answers.Count].DisposeAsync();
        int status;
        do
        {
            (status, _, _) = await rig.SendAsync("GET", "/v1/guests"); // The other end of a connection takes a moment.
            Assert.Contains(status, (int[])[200, 503]);
        }
        while (status != 200);
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_connection_that_says_nothing_is_ended()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        await using Stream silent = await rig.ConnectAsync();
        Assert.Equal(0, await silent.ReadAsync(new byte[1]).AsTask().WaitAsync(Eventually.Patience));
    }
}
