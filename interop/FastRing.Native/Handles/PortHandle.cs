using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Native.Callbacks;

namespace FastRing.Native.Handles;

/// <summary><c>fr_port</c>.</summary>
internal sealed class PortHandle(DeviceHandle device, Port port, IHostEndpoint endpoint) : NativeObject
{
    public DeviceHandle Device => device;

    public Port Port => port;

    /// <summary>Its host's end, where that is the caller's.</summary>
    /// <exception cref="AbiException">It is not.</exception>
    public CallbackEndpoint Callbacks => endpoint as CallbackEndpoint ?? throw new AbiException(ErrorCode.State, "the port has no callbacks");

    public override HandleKind Kind => HandleKind.Port;
}
