using FastRing.Console.Endpoints;

namespace FastRing.Host.Serving;

/// <summary>The text form of a host endpoint: unix:PATH, connect:PATH, file:PATH, stdio, echo, null.</summary>
/// <param name="Kind">What stands before the colon.</param>
/// <param name="Path">What stands behind it; empty where there is none.</param>
internal sealed record Backend(string Kind, string Path)
{
    /// <summary>Checks the text without opening anything.</summary>
    /// <exception cref="UsageException">There is no such backend.</exception>
    public static Backend Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        var backend = colon < 0 ? new Backend(text, "") : new Backend(text[..colon], text[(colon + 1)..]);
        bool takesPath = backend.Kind is "unix" or "connect" or "file";
        bool known = takesPath || (colon < 0 && backend.Kind is "stdio" or "echo" or "null");
        return known && takesPath == backend.Path.Length > 0
            ? backend
            : throw new UsageException($"unknown backend '{text}': expected unix:PATH, connect:PATH, file:PATH, stdio, echo or null");
    }

    /// <summary>Makes the endpoint.</summary>
    /// <exception cref="IOException">Its socket or file can't be had.</exception>
    public IHostEndpoint Open() => Kind switch
    {
        "unix" => new UnixListenEndpoint(Path),
        "connect" => new UnixConnectEndpoint(Path),
        "file" => new FileEndpoint(Path),
        "stdio" => new StdioEndpoint(),
        "echo" => new EchoEndpoint(),
        _ => new NullEndpoint(),
    };

    /// <inheritdoc/>
    public override string ToString() => Path.Length > 0 ? $"{Kind}:{Path}" : Kind;
}
