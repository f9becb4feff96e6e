using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>A client at the door.</summary>
/// <param name="Socket">Its connection, non-blocking; whoever has the arrival owns it.</param>
/// <param name="Who">For an audit.</param>
/// <param name="WhyRefused">The rule it is turned away by; null: it may come in.</param>
internal readonly record struct Arrival(OwnedFd Socket, string Who, string? WhyRefused);
