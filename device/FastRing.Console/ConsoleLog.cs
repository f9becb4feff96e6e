using FastRing.Console.Ports;
using FastRing.Console.Spec;
using Microsoft.Extensions.Logging;

namespace FastRing.Console;

/// <summary>The device's log lines. What a guest can trigger is written at most once a second for each kind.</summary>
internal sealed partial class ConsoleLog
{
    private const long MillisecondsBetween = 1000;

    private readonly ILogger _logger;
    private readonly long[] _next = new long[7];

    private readonly string _device;

    public ConsoleLog(ILogger logger, string device) => (_logger, _device) = (logger, device);

    public void NoSuchPort(in ControlMessage message)
    {
        if (MayWrite(0))
        {
            LogNoSuchPort(_device, message.Event, message.Port);
        }
    }

    public void UnknownEvent(in ControlMessage message)
    {
        if (MayWrite(1))
        {
            LogUnknownEvent(_device, (ushort)message.Event, message.Port);
        }
    }

    public void PortFailed(Port port)
    {
        if (MayWrite(2))
        {
            LogPortFailed(_device, port.Id, port.Name);
        }
    }

    public void DriverFailed()
    {
        if (MayWrite(3))
        {
            LogDriverFailed(_device);
        }
    }

    public void Endpoint(Port port, string problem)
    {
        if (MayWrite(4))
        {
            LogEndpoint(_device, port.Id, port.Name, problem);
        }
    }

    public void Fault(string where, Exception fault)
    {
        if (MayWrite(5))
        {
            LogFault(_device, where, fault);
        }
    }

    public void NotRecovered()
    {
        if (MayWrite(6))
        {
            LogNotRecovered(_device);
        }
    }

    private bool MayWrite(int kind)
    {
        long now = Environment.TickCount64;
        if (now < _next[kind])
        {
            return false;
        }

        _next[kind] = now + MillisecondsBetween;
        return true;
    }

    [LoggerMessage(1, LogLevel.Warning, "{Device}: guest sent {Event} for port {Port}, which does not exist")]
    private partial void LogNoSuchPort(string device, ControlEvent @event, uint port);

    [LoggerMessage(2, LogLevel.Warning, "{Device}: guest sent unknown control event {Event} for port {Port}")]
    private partial void LogUnknownEvent(string device, ushort @event, uint port);

    [LoggerMessage(3, LogLevel.Warning, "{Device}: guest failed to set up port {Id} '{Name}'")]
    private partial void LogPortFailed(string device, int id, string name);

    [LoggerMessage(4, LogLevel.Warning, "{Device}: guest driver failed to set up the device")]
    private partial void LogDriverFailed(string device);

    [LoggerMessage(5, LogLevel.Warning, "{Device}: port {Id} '{Name}': {Problem}")]
    private partial void LogEndpoint(string device, int id, string name, string problem);

    [LoggerMessage(6, LogLevel.Error, "{Device}: {Where} failed")]
    private partial void LogFault(string device, string where, Exception fault);

    [LoggerMessage(7, LogLevel.Warning, "{Device}: no record of the recovery area fits the rings: the guest is taken for another")]
    private partial void LogNotRecovered(string device);
}
