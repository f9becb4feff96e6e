using System.Runtime.CompilerServices;
using FastRing.DriverKit;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.VhostUser.Tests.DriverKit;

/// <summary>What the kit's README shows works as it stands there.</summary>
public class ReadmeTests
{
    [Fact]
    public void The_example_runs()
    {
        // <example>
        using var served = new ServedDevice(new EchoDevice()); // your IVirtioDevice: a worker, a backend and a socket around it
        using (FrontendSession session = served.OpenSession())
        {
            FrontendQueue queue = session.StartQueue(0, 256);
            GuestAddress question = session.Memory.Allocate(64);
            GuestAddress answer = session.Memory.Allocate(64);
            "hello"u8.CopyTo(session.Memory.Bytes(question, 64));
            queue.Ring.TryAdd([new(question, 5)], [new(answer, 64)], token: 1);
            queue.PublishAndKick();
            bool came = queue.WaitUsed(out UsedBuffer used, timeoutMilliseconds: 10_000);
            Assert.Equal((true, 5u), (came, used.Written));
        }

        foreach (MalformedRing malformed in MalformedRings.Split) // every rule of the ring, broken
        {
            using FrontendSession session = served.OpenSession(malformed.Features | VirtioFeatures.Version1);
            using TestGuest guest = HostileMap.Create(128);
            session.Frontend.SetMemTable([.. guest.Table], [.. guest.Files]);
            var ring = new HostileSplitRing(guest, HostileMap.SetupAtEdges(128, session.Features));
            malformed.Offer(ring);
            using var bad = new ConnectedRing(session.Frontend, 0, ring.Setup, TestGuest.ToFrontend);
            bad.SetUp();
            bad.Stop();
            Assert.Equal(1, bad.Error.Drain()); // the device stopped the queue, and said so
        }

        // </example>
        Assert.Empty(served.Faults);
    }

    [Fact]
    public void The_example_is_the_one_in_the_readme()
    {
        string source = Between(File.ReadAllText(Path()), "// <example>", "// </example>");
        string folder = System.IO.Path.GetDirectoryName(Path())!;
        string readme = File.ReadAllText(System.IO.Path.Combine(folder, "../../../src/FastRing.DriverKit/README.md"));
        Assert.Equal(Lines(source), Lines(Between(readme, "```csharp", "```")));
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Between(string text, string from, string to)
    {
        int start = text.IndexOf(from, StringComparison.Ordinal) + from.Length;
        return text[start..text.IndexOf(to, start, StringComparison.Ordinal)];
    }

    private static string Path([CallerFilePath] string path = "") => path;
}
