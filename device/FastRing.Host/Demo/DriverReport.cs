namespace FastRing.Host.Demo;

/// <summary>What the second process of the embedded demo tells the first.</summary>
/// <param name="EchoOk">What came back is what was sent.</param>
/// <param name="EchoSha256">Checksum of what came back.</param>
/// <param name="EchoSeconds">Time it took.</param>
internal sealed record DriverReport(bool EchoOk, string EchoSha256, double EchoSeconds);
