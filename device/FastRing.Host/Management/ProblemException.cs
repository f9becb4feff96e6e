namespace FastRing.Host.Management;

/// <summary>A request that can't be fulfilled, as its caller hears of it: a problem detail of RFC 9457.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="detail">What is wrong, and with what.</param>
internal sealed class ProblemException(int status, string detail) : Exception(detail)
{
    public int Status { get; } = status;
}
