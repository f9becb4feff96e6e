namespace FastRing.EndToEnd;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-e2e-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string FullName => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
