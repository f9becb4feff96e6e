using System.Diagnostics;
using System.Runtime.InteropServices;
using FastRing.Interop;

namespace FastRing.Host.Attaching;

/// <summary>
/// Our terminal while it is attached: raw until this is disposed, whichever way that comes about. A signal that would end the process
/// cancels instead, so that there is a way out; one that can't be caught leaves the terminal to the shell.
/// </summary>
internal sealed class RawTerminal : IDisposable
{
    public const int Input = 0;

    private readonly TerminalMode _mode;
    private readonly List<PosixSignalRegistration> _signals = [];

    /// <param name="keepsLines">See <see cref="TerminalMode"/>.</param>
    /// <param name="resized">Called when the window has another size.</param>
    /// <param name="end">Called when a signal says so.</param>
    public RawTerminal(bool keepsLines, Action resized, Action end)
    {
        Debug.Assert(OperatingSystem.IsLinux(), "a terminal has job control");
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                end();
            }));
        }

        _mode = new TerminalMode(Input, keepsLines);
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _mode.Renew()));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => resized()));
    }

    public void Dispose()
    {
        _mode.Dispose();
        _signals.ForEach(s => s.Dispose());
    }
}
