namespace FastRing.Host.Management.Contract;

/// <summary>Something that happened to a guest or a port: an event of the stream, or a line of <c>fastring events --json</c>.</summary>
/// <param name="Number">Counts from 1 in a daemon's life; gaps say that a reader was too slow.</param>
/// <param name="Time">When.</param>
/// <param name="Guest">Whose.</param>
/// <param name="Port">The port's name; null for what concerns the guest as a whole.</param>
/// <param name="Id">The port's number.</param>
/// <param name="Kind">As <see cref="FastRing.Console.Ports.PortEventKind"/>, and clientRefused, clientAccepted, connected, disconnected, limitsChanged, resized, reloaded; in camel case.</param>
/// <param name="Detail">For people: who it was, or why.</param>
internal sealed record EventRecord(long Number, DateTimeOffset Time, string Guest, string? Port, int? Id, string Kind, string? Detail);
