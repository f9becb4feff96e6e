namespace FastRing.Profiling;

/// <summary>A process can't be looked into; the message says why.</summary>
public sealed class ProfilingException : IOException
{
    /// <summary>Without a reason.</summary>
    public ProfilingException()
    {
    }

    /// <summary>For that reason.</summary>
    public ProfilingException(string message)
        : base(message)
    {
    }

    /// <summary>For that reason, which came of another.</summary>
    public ProfilingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
