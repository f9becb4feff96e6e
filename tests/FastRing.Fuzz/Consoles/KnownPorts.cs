using System.Text;
using FastRing.Console;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Fuzz.Consoles;

/// <summary>What a driver knows of a device's ports: all it was told, and nothing else.</summary>
internal sealed class KnownPorts
{
    private readonly Dictionary<uint, (string Name, bool IsOpen)> _ports = [];

    public IEnumerable<uint> Numbers => _ports.Keys;

    /// <summary>What the port of a number is always called, while there is one.</summary>
    public static string NameOf(int number) => number == 1 ? "echo" : $"p{number}";

    public void Clear() => _ports.Clear();

    /// <summary>Takes notice of a message.</summary>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public string? Hear(ReadOnlySpan<byte> bytes, int maxPorts, out bool isAdded)
    {
        isAdded = false;
        if (bytes.Length < ControlMessage.SizeBytes)
        {
            return bytes.Length == 0 ? null : "a message of a few bytes";
        }

        ControlMessage message = ControlMessage.Read(bytes);

        // A driver that says of any port that it is ready is told of it.
        (string Name, bool IsOpen) port = _ports.GetValueOrDefault(message.Port, ("", false));
        switch (message.Event)
        {
            case ControlEvent.PortAdd when message.Port < maxPorts:
                isAdded = true;
                _ports.TryAdd(message.Port, ("", false));
                return null;
            case ControlEvent.PortRemove when message.Port < maxPorts:
                _ports.Remove(message.Port);
                return null;
            case ControlEvent.PortOpen when message.Port < maxPorts:
                _ports[message.Port] = port with { IsOpen = message.Value != 0 };
                return null;
            case ControlEvent.PortName when message.Port < maxPorts:
                _ports[message.Port] = port with { Name = Encoding.ASCII.GetString(bytes[ControlMessage.SizeBytes..]) };
                return _ports[message.Port].Name == NameOf((int)message.Port) ? null : $"port {message.Port} is called '{_ports[message.Port].Name}'";
            default:
                return message.Event is ControlEvent.ConsolePort or ControlEvent.Resize ? null : $"a message {message}";
        }
    }

    /// <summary>How it differs from what there is; null: it does not.</summary>
    public string? WhyDifferent(ConsoleDevice device)
    {
        foreach (Port port in device.Ports)
        {
            bool isKnown = _ports.TryGetValue((uint)port.Id, out (string Name, bool IsOpen) known);
            if (isKnown != port.Endpoint is not null)
            {
                return $"port {port.Id}: {(isKnown ? "known, and not there" : "there, and not known")}";
            }

            if (isKnown && (known.Name != port.Name || known.IsOpen != port.IsHostOpen))
            {
                return $"port {port.Id}: '{known.Name}' {known.IsOpen} known, '{port.Name}' {port.IsHostOpen} there";
            }
        }

        return null;
    }
}
