using System.Diagnostics;
using FastRing.EndToEnd.Migration;

namespace FastRing.EndToEnd.Keeping;

/// <summary>The kernel counts the descriptors that a user has on their way through sockets, whichever program has sent them.</summary>
public sealed class DescriptorsOnTheirWayTests
{
    /// <summary>Puts 5000 on their way, and leaves them there until its input ends.</summary>
    private const string Sender =
        """
        import array, os, socket, sys
        pairs = [socket.socketpair() for _ in range(20)]
        null = os.open('/dev/null', os.O_RDONLY)
        for mine, _ in pairs: mine.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [null] * 250))])
        print('sent', flush=True)
        sys.stdin.read()
        """;

    private static readonly string[] s_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    [Fact]
    public async Task A_worker_that_can_get_none_is_followed_by_one_that_can_and_its_guest_stays()
    {
        await using MovingGuest guest = await MovingGuest.StartAsync(0, ["prlimit", "--nofile=1024:1024", .. s_nobody]);
        await using EchoedStream stream = await EchoedStream.StartAsync(guest.Client);
        await guest.Daemon.UntilSpareAsync();
        int served = guest.Daemon.Workers.Count;
        using (Process sender = Programs.Start("prlimit", ["--nofile=8192:8192", .. s_nobody, "env", "PATH=/usr/bin:/bin", "python3", "-c", Sender]))
        {
            Assert.Equal("sent", await sender.StandardOutput.ReadLineAsync().WaitAsync(GuestRig.Patience));
            guest.Daemon.Kill();
            await guest.Daemon.Daemon.UntilLogAsync("is gone");
            await Task.Delay(500);
            Assert.Equal(served, guest.Daemon.Workers.Count);
            sender.Kill();
        }

        await GuestRig.UntilAsync(() => guest.Daemon.Workers.Count > served, string.Join(" | ", guest.Daemon.Daemon.Log));
        await stream.UntilMoreAsync(stream.Read);
        await stream.FinishAsync();
    }
}
