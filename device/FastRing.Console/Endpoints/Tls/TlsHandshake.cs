using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Tls;

/// <summary>Finds out who the other side is, on other threads than the worker's, within a time.</summary>
internal static class TlsHandshake
{
    private const int LongestSubject = 200;

    /// <summary>Told of the end, on the worker: the peer, or null and why it was turned away.</summary>
    public delegate void Over(TlsPeer? peer, string who, string why);

    /// <summary>Begins. Owns the socket.</summary>
    /// <param name="worker">Where <paramref name="over"/> is called, once.</param>
    /// <param name="identity">Own certificates, and whose word counts.</param>
    /// <param name="socket">Connected.</param>
    /// <param name="who">The other side's address.</param>
    /// <param name="over">Told how it went.</param>
    /// <param name="cancellation">Ends it.</param>
    public static void Begin(Worker worker, TlsIdentity identity, OwnedFd socket, string who, Over over, CancellationToken cancellation)
    {
        int fd = socket.Detach();
        _ = Task.Run(() => RunAsync(worker, identity, fd, who, over, cancellation), CancellationToken.None);
    }

    private static async Task RunAsync(Worker worker, TlsIdentity identity, int fd, string who, Over over, CancellationToken cancellation)
    {
        var handle = new SafeSocketHandle(fd, ownsHandle: true);
        SslStream? stream = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(identity.HandshakeTimeout);
        try
        {
            stream = new SslStream(new NetworkStream(new Socket(handle), ownsSocket: true));
            await identity.AuthenticateAsync(stream, limit.Token).ConfigureAwait(false);
            var peer = new TlsPeer(stream, Describe(who, stream));
            worker.Post(() => over(peer, who, ""));
        }
        catch (Exception e)
        {
            // Whatever it is: the other side's bytes brought it about, and this is where it ends.
            stream?.Dispose();
            handle.Dispose();
            string why = limit.IsCancellationRequested && !cancellation.IsCancellationRequested
                ? $"TLS: no handshake within {identity.HandshakeTimeout.TotalSeconds:0.#} s"
                : $"TLS: {Printable((e.InnerException ?? e).Message)}";
            worker.Post(() => over(null, who, why));
        }
    }

    private static string Describe(string who, SslStream stream) =>
        stream.RemoteCertificate is X509Certificate2 certificate ? $"{who} {Printable(certificate.Subject)}" : who;

    /// <summary>The other side chose the words: they are not to look like more than one line of a log.</summary>
    private static string Printable(string text) =>
        string.Concat(text.Take(LongestSubject).Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c));
}
