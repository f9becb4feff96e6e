using System.Globalization;
using System.Net.Sockets;
using FastRing.Host.Guests;

namespace FastRing.Perf;

/// <summary>A channel into a Linux guest.</summary>
/// <param name="name">Its name in the tables.</param>
/// <param name="run">Runs a command in the guest's shell.</param>
/// <param name="wrap">The command that gives another one the channel as standard input and output.</param>
internal sealed class GuestChannel(string name, Func<string, Task<CommandResult>> run, Func<string, string> wrap) : ByteChannel(name), IDisposable
{
    private Socket? _connected;
    private Socket? _listener;

    /// <summary>The device's name in the guest's /proc/interrupts; null: its interrupts can't be told from others.</summary>
    public string? Interrupts { get; init; }

    /// <summary>Processor seconds spent so far, as <see cref="ByteChannel.ProcessorSeconds"/> has it.</summary>
    public Func<double>? Spent { get; init; }

    /// <summary>The host's end is a unix socket somebody listens on: one connection for all parts.</summary>
    public async Task ConnectAsync(string path)
    {
        _connected = Patient(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        await _connected.ConnectAsync(new UnixDomainSocketEndPoint(path));
    }

    /// <summary>The host's end is a socket of this process that the guest connects to for each part.</summary>
    public void Accept(Socket listener) => _listener = listener;

    public override async Task<Socket> OpenAsync() =>
        _connected ?? Patient(await _listener!.AcceptAsync().WaitAsync(ChannelTransfer.Patience));

    public override void Close(Socket socket)
    {
        if (socket != _connected)
        {
            socket.Dispose();
        }
    }

    public override double? ProcessorSeconds() => Spent?.Invoke();

    public override async Task<double?> PlayAsync(ChannelPart part)
    {
        string count = $"awk '/{Interrupts}/ {{ n += $2 }} END {{ print n + 0 }}' /proc/interrupts";
        string command = wrap(part.Shell);
        CommandResult result = await run(Interrupts is null ? command : $"before=$({count}); {command}; echo; echo $(($({count}) - before))");
        if (result.ExitCode != 0)
        {
            throw new IOException($"{Name}: in the guest '{command}' ended with {result.ExitCode}: {result.Output.Trim()}");
        }

        return Interrupts is null ? null : double.Parse(result.Output.Trim().Split('\n')[^1], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _connected?.Dispose();
        _listener?.Dispose();
    }

    private static Socket Patient(Socket socket)
    {
        socket.ReceiveTimeout = socket.SendTimeout = (int)ChannelTransfer.Patience.TotalMilliseconds;
        return socket;
    }
}
