using System.Net.Security;

namespace FastRing.Console.Endpoints.Tls;

/// <summary>The other side of a TLS connection, once it has shown who it is.</summary>
/// <param name="Stream">The connection.</param>
/// <param name="Who">For an audit: its address, and its certificate's subject.</param>
internal sealed record TlsPeer(SslStream Stream, string Who) : IDisposable
{
    public void Dispose() => Stream.Dispose();
}
