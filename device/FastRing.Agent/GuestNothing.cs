namespace FastRing.Agent;

/// <summary>What a command returns that returns nothing: an empty object.</summary>
internal sealed record GuestNothing;
