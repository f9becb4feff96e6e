using System.Runtime.InteropServices;
using FastRing.Interop;

namespace FastRing.Host.Serving;

/// <summary>The signals by which a service is steered, from its first instruction on: none ends it before it can answer, and none is lost, also where the program starts itself anew.</summary>
internal static class ServiceSignals
{
    private static readonly (PosixSignal Signal, int Number)[] s_all = [(PosixSignal.SIGTERM, 15), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGHUP, 1)];
    private static readonly List<PosixSignalRegistration> s_caught = [];

    private static int[] Numbers => [.. s_all.Select(s => s.Number)];

    /// <summary>Nobody can answer them yet, in this program or in the one that takes its place: they wait. The thread that the program began with, and the one that replaces it.</summary>
    public static void Hold() => HeldSignals.Hold(Numbers);

    /// <summary>Has them answered for good, those that waited first. The thread that the program began with.</summary>
    public static void Catch(Action<PosixSignal> handle)
    {
        foreach ((PosixSignal signal, _) in s_all)
        {
            s_caught.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                handle(context.Signal);
            }));
        }

        HeldSignals.Release(Numbers);
    }
}
