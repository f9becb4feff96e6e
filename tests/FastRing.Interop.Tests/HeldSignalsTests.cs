using System.Globalization;
using System.Runtime.InteropServices;

namespace FastRing.Interop.Tests;

public class HeldSignalsTests
{
    private const int SigUsr2 = 12;

    [Fact]
    public void A_signal_that_is_held_waits_whatever_thread_it_comes_to_and_is_answered_when_it_is_let_go()
    {
        using var answered = new ManualResetEventSlim();
        PosixSignalRegistration? registration = null;
        bool waited = false;
        Exception? error = null;
        Thread thread = new(() => error = Record.Exception(() =>
        {
            HeldSignals.Hold(SigUsr2);
            for (int i = 0; i < 100; i++)
            {
                Assert.Equal(0, Native.kill(Environment.ProcessId, SigUsr2)); // Unhandled, it would end the process.
            }

            waited = SpinWait.SpinUntil(IsPending, TimeSpan.FromSeconds(20)) && !answered.IsSet;
            registration = PosixSignalRegistration.Create((PosixSignal)SigUsr2, context =>
            {
                context.Cancel = true;
                answered.Set();
            });
            HeldSignals.Release(SigUsr2);
        }));
        thread.Start();
        thread.Join();

        Assert.Null(error);
        Assert.True(waited, "it did not wait in the kernel");
        Assert.True(answered.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), "it was lost");
        GC.KeepAlive(registration); // For good, as that of SignalStorm.
    }

    [Fact]
    public void A_child_does_not_have_blocked_what_its_parent_holds()
    {
        int exit = -1;
        Thread thread = new(() =>
        {
            HeldSignals.Hold(SigUsr2);
            using ChildProcess child = ChildProcess.Start("/bin/sh", ["sh", "-c", "grep -q '^SigBlk:.*00000$' /proc/self/status"], new Dictionary<string, string>());
            exit = SpinWait.SpinUntil(() => child.TryReap() is not null, TimeSpan.FromSeconds(20)) ? child.TryReap()!.Value : -1;
            HeldSignals.Release(SigUsr2);
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, exit);
    }

    private static bool IsPending() =>
        (ulong.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("ShdPnd:", StringComparison.Ordinal))[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (SigUsr2 - 1))) != 0;
}
