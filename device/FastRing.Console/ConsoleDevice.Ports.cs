using FastRing.Console.Ports;

namespace FastRing.Console;

/// <content>Ports that come and go.</content>
public sealed partial class ConsoleDevice
{
    /// <summary>
    /// Gives the guest another port, whatever it is doing; a driver that is there hears of it. A number that was just taken from another port is the
    /// new one's at once here; the driver hears of it when it has taken notice that the other went. Any thread.
    /// </summary>
    /// <param name="options">The port. Its endpoint is the device's from then on, unless this fails.</param>
    /// <exception cref="ArgumentException">Its name or number is no good, or taken: see <see cref="PortName"/>.</exception>
    /// <exception cref="InvalidOperationException">All numbers are taken.</exception>
    /// <exception cref="ObjectDisposedException">The device is gone.</exception>
    /// <remarks>What the endpoint throws when it starts is thrown on; then there is no such port, and the endpoint is the caller's.</remarks>
    public async Task<Port> AddPortAsync(PortOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Port? port = null;
        await Worker.InvokeAsync(() => port = AddPort(options)).ConfigureAwait(false);
        return port!;
    }

    /// <summary>
    /// Takes a port from the guest, open or not: its endpoint is closed, what is under way either way is discarded, and the driver hears of it. Any thread.
    /// </summary>
    /// <exception cref="ObjectDisposedException">It was removed before.</exception>
    /// <exception cref="ArgumentException">It is no port of this device, or a number nobody was given.</exception>
    public Task RemovePortAsync(Port port)
    {
        ArgumentNullException.ThrowIfNull(port);
        return Worker.InvokeAsync(() =>
        {
            _table.Remove(port);
            port.Remove();
            Keep();
            Raise(PortEventKind.Removed, port);
            RunControlReceive();
        });
    }

    /// <summary><see cref="AddPortAsync"/>, on the worker's thread.</summary>
    internal Port AddPort(PortOptions options)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Port port = _table.Add(options);
        Raise(PortEventKind.Added, port);
        try
        {
            if (_isStarted)
            {
                port.Start();
            }
        }
        catch
        {
            _table.Remove(port);
            port.Remove(keepsEndpoint: true);
            Raise(PortEventKind.Removed, port);
            throw;
        }

        if (_table.Slots[port.Id].HasReceive)
        {
            OpenWithoutMultiport(_table.Slots[port.Id]);
        }

        Keep();
        RunControlReceive();
        return port;
    }
}
