namespace FastRing.Console.Endpoints.Tls;

/// <summary>Certificates of a TLS port. All files are PEM.</summary>
public sealed record TlsOptions
{
    /// <summary>The own certificate, with those that issued it if any are needed. A port that listens must have one.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The own certificate's key, not encrypted.</summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Certificates of the authorities whose word counts about the other side. A port that listens asks no client for a certificate where there are none; one that connects goes by
    /// those of the system.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The name a server's certificate must be for; null: the one that is connected to.</summary>
    public string? TargetHost { get; init; }

    /// <summary>How long the other side has to show who it is.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
