using FastRing.Host.Client;
using FastRing.Interop;

namespace FastRing.Host.Serving;

/// <summary>A configuration file as it was read: what is wrong with it, or with what it asks for, can be told with a line.</summary>
/// <param name="Path">The file.</param>
/// <param name="Json">Its text.</param>
internal sealed record ConfigSource(string Path, byte[] Json)
{
    private const int MostBytes = 16 << 20;

    private ConfigLines? _lines;

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It can't be read.</exception>
    public static ConfigSource Read(string path)
    {
        try
        {
            // Without waiting for a writer, should it be a FIFO; nor is there an end of /dev/zero.
            using OwnedFd file = OwnedFd.OpenFifo(path, write: false)!;
            if (!file.IsRegularFile())
            {
                throw new UsageException($"{path}: not a file");
            }

            if (new FileInfo(path).Length > MostBytes)
            {
                throw new UsageException($"{path}: larger than {MostBytes >> 20} MiB");
            }

            byte[] json = File.ReadAllBytes(path);
            return new ConfigSource(path, json is [0xEF, 0xBB, 0xBF, ..] ? json[3..] : json); // A byte order mark.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {e.Message}");
        }
    }

    /// <summary>All that is wrong, in the order of the file, a line each.</summary>
    public UsageException Located(IEnumerable<ConfigProblem> problems)
    {
        _lines ??= new ConfigLines(Json);
        return new UsageException(string.Join('\n', problems
            .Select(p => (Line: _lines.Of(p.Place), p.Message)).OrderBy(p => p.Line).Select(p => $"{Path}:{p.Line}: {PlainText.Of(p.Message)}")));
    }

    /// <summary>The same error, with the line its member stands on.</summary>
    public UsageException Located(UsageException e) => Located([new ConfigProblem(e)]);
}
