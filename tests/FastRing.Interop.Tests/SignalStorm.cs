using System.Runtime.InteropServices;

namespace FastRing.Interop.Tests;

/// <summary>Interrupts a thread's system calls.</summary>
internal static class SignalStorm
{
    // For good: .NET handles signals on another thread, and those it has not come to when the registration goes end the process.
    private static readonly PosixSignalRegistration s_registration =
        PosixSignalRegistration.Create((PosixSignal)Native.SigUsr1, context => context.Cancel = true);

    /// <summary>Runs <paramref name="blocking"/> on a thread of its own and signals it again and again until it returns.</summary>
    /// <param name="blocking">The call that is to be interrupted.</param>
    /// <param name="afterSignals">Runs once many signals have been sent; null when a signal alone must end the call.</param>
    public static T Run<T>(Func<T> blocking, Action? afterSignals = null)
    {
        T result = default!;
        using ManualResetEventSlim running = new();
        int threadId = 0;
        _ = s_registration;
        Assert.Equal(0, Native.siginterrupt(Native.SigUsr1, 1)); // .NET asks for restarted calls; here they must fail with EINTR
        Exception? error = null;
        Thread thread = new(() =>
        {
            threadId = Native.gettid();
            running.Set();
            error = Record.Exception(() => result = blocking());
        });
        thread.Start();
        running.Wait(TestContext.Current.CancellationToken);
        for (int i = 0; i < 2000 && thread.IsAlive; i++)
        {
            _ = Native.tgkill(Environment.ProcessId, threadId, Native.SigUsr1);
            if (i == 100)
            {
                afterSignals?.Invoke();
            }

            Thread.Sleep(1);
        }

        Assert.True(thread.Join(TimeSpan.FromSeconds(20)), "The call never returned.");
        Assert.Null(error);
        return result;
    }
}
