using System.Net.Sockets;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using FastRing.Interop;
using Microsoft.Win32.SafeHandles;

namespace FastRing.Host.Attaching;

/// <summary>The host's end of a port, as a program that uses it has it: a socket, or a terminal.</summary>
internal sealed class PortConnection : IDisposable
{
    private readonly Socket? _socket;
    private readonly OwnedFd? _terminal;

    private PortConnection(Socket? socket, OwnedFd? terminal, Stream stream)
    {
        _socket = socket;
        _terminal = terminal;
        Stream = stream;
    }

    /// <summary>Both directions.</summary>
    public Stream Stream { get; }

    /// <summary>Connects to the port's socket, or opens its terminal.</summary>
    /// <exception cref="ApiException">It has neither, or it can't be had.</exception>
    public static async Task<PortConnection> OpenAsync(PortState port, CancellationToken cancellation)
    {
        string kind = Kind(port);
        string? path = port.Address is ['/' or '@', ..] ? port.Address : null;
        try
        {
            return (kind, path) switch
            {
                ("unix" or "hub", not null) => OfSocket(await ConnectAsync(path, cancellation)),
                ("pty", not null) => OfTerminal(Terminal.Open(path)),
                _ => throw ApiException.Failed(
                    $"{PortText.Path(port)}: its host's end is {PlainText.Of(port.Backend)}{(port.Address is { } at ? $", at {PlainText.Of(at)}" : "")}, to which attach can't connect; it can to unix:, hub: and pty"),
            };
        }
        catch (Exception e) when (e is SocketException or LinuxException)
        {
            throw ApiException.Failed($"{PortText.Path(port)}: cannot connect to {path}: {e.Message}");
        }
    }

    /// <summary>What stands before the backend's colon.</summary>
    public static string Kind(PortState port) => port.Backend.Split(':', ',')[0];

    /// <summary>Says that nothing more is coming. A terminal knows no such thing.</summary>
    public void EndInput()
    {
        try
        {
            _socket?.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other side was faster, and reading will tell.
        }
    }

    public void Dispose()
    {
        Stream.Dispose();
        _terminal?.Dispose();
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static PortConnection OfSocket(Socket socket) => new(socket, null, new NetworkStream(socket, ownsSocket: true));

    private static PortConnection OfTerminal(OwnedFd terminal) =>
        new(null, terminal, new FileStream(new SafeFileHandle(terminal.Fd, ownsHandle: false), FileAccess.ReadWrite, bufferSize: 0));
}
