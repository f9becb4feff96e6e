using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FastRing.Console.Endpoints.Tls;

/// <summary>Certificates, read and checked, and what they mean for a handshake.</summary>
internal sealed class TlsIdentity
{
    private readonly SslStreamCertificateContext? _own;
    private readonly X509Certificate2Collection? _authorities;
    private readonly string? _targetHost; // Null: we are the server.

    private TlsIdentity(TlsOptions options, string? targetHost)
    {
        if (options.CertificateFile is null != options.KeyFile is null)
        {
            throw new ArgumentException("a certificate goes with its key: say both tls-cert and tls-key");
        }

        _own = options is { CertificateFile: { } certificate, KeyFile: { } key } ? Own(certificate, key) : null;
        _authorities = options.AuthorityFile is { } file ? Certificates("tls-ca", file) : null;
        _targetHost = targetHost;
        HandshakeTimeout = options.HandshakeTimeout;
    }

    public TimeSpan HandshakeTimeout { get; }

    /// <exception cref="ArgumentException">A file can't be read, or there is no certificate.</exception>
    public static TlsIdentity OfServer(TlsOptions options)
    {
        var identity = new TlsIdentity(options, null);
        return identity._own is not null ? identity : throw new ArgumentException("a TLS port that listens needs tls-cert and tls-key");
    }

    /// <exception cref="ArgumentException">A file can't be read.</exception>
    public static TlsIdentity OfClient(TlsOptions options, string host) => new(options, options.TargetHost ?? host);

    public Task AuthenticateAsync(SslStream stream, CancellationToken cancellation) => _targetHost is null
        ? stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _own,
                ClientCertificateRequired = _authorities is not null,
                CertificateChainPolicy = ChainPolicy(),
                EnabledSslProtocols = SslProtocols.None, // What the system allows.
                AllowRenegotiation = false,
            },
            cancellation)
        : stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = _targetHost,
                ClientCertificateContext = _own,
                CertificateChainPolicy = ChainPolicy(),
                EnabledSslProtocols = SslProtocols.None,
                AllowRenegotiation = false,
            },
            cancellation);

    /// <summary>Nothing is fetched from where a certificate of the other side says: not its issuers, nor what was revoked.</summary>
    private X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (_authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(_authorities);
        }

        return policy;
    }

    private static SslStreamCertificateContext Own(string certificateFile, string keyFile)
    {
        X509Certificate2Collection issuers = Certificates("tls-cert", certificateFile);
        var own = Read("tls-key", keyFile, () => X509Certificate2.CreateFromPemFile(certificateFile, keyFile));
        issuers.RemoveAt(0); // The first is the own one.
        return SslStreamCertificateContext.Create(own, issuers, offline: true);
    }

    private static X509Certificate2Collection Certificates(string option, string file) => Read(option, file, () =>
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("there is no certificate in it");
    });

    private static T Read<T>(string option, string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ArgumentException($"{option} {file}: {e.Message}");
        }
    }
}
