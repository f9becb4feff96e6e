namespace FastRing.Host.Doctor;

/// <summary>Everything that is looked at.</summary>
internal static class Examination
{
    private static readonly Func<Subject, IEnumerable<Finding>>[] s_looks =
    [
        OpenFileFindings.Of,
        SandboxFindings.Of,
        MemoryFindings.Of,
        ProcessorFindings.Of,
        PollingFindings.Of,
        SocketFolderFindings.Of,
    ];

    public static IReadOnlyList<Finding> Of(Subject subject) => [.. s_looks.SelectMany(look => look(subject))];
}
