namespace FastRing.Workloads.Notify;

/// <summary>One counted round: the limits, then each way to drive the echo.</summary>
/// <param name="DistanceNs">The larger of the processors' distances before and after, ns.</param>
/// <param name="EventFdUs">Median of a round trip by eventfd, both sides asleep, us.</param>
/// <param name="PipeUs">The same by pipe, 64 bytes.</param>
/// <param name="UnixSocketUs">The same by unix stream socket, 64 bytes.</param>
/// <param name="Figures">One for each mode.</param>
public sealed record NotifyRound(double DistanceNs, double EventFdUs, double PipeUs, double UnixSocketUs, NotifyFigures[] Figures);
