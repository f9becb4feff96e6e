namespace FastRing.Tests.Queues.Inflight;

/// <summary>The process ended here.</summary>
internal sealed class KilledException : Exception
{
}
