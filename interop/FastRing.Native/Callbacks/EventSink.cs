using FastRing.Console.Ports;
using FastRing.Native.Layout;

namespace FastRing.Native.Callbacks;

/// <summary>Tells a program of a device's events.</summary>
internal sealed unsafe class EventSink(in DeviceConfig config)
{
    private const int LongestText = 512;

    private readonly DeviceConfig _config = config;

    public void Tell(PortEvent happened)
    {
        byte* name = stackalloc byte[LongestText];
        byte* detail = stackalloc byte[LongestText];
        Text.Copy(happened.Port?.Name, new Span<byte>(name, LongestText));
        Text.Copy(happened.Detail, new Span<byte>(detail, LongestText));
        var record = new EventRecord
        {
            Size = (uint)sizeof(EventRecord),
            Kind = (uint)happened.Kind,
            Port = happened.Port?.Id ?? -1,
            Name = name,
            Detail = detail,
        };
        using CallbackScope scope = CallbackScope.Enter();

        // SAFETY: the program's function, with what it was registered with; record and texts live until it returns.
        _config.Event(_config.User, &record);
    }
}
