using System.Text.Json;

namespace FastRing.Agent;

public sealed partial class GuestAgent
{
    // A request or an answer of a third of a megabyte: few round trips, and other callers' turns come soon.
    private const int ChunkBytes = 240 << 10;

    // The agent refuses more.
    private const int MaxReadBytes = 48 << 20;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Opens a file in the guest (<c>guest-file-open</c>).</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="mode">As fopen's: r, w, a, r+ and so on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handle that the others take.</returns>
    public Task<long> OpenFileAsync(string path, string mode = "r", CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CallAsync("guest-file-open", Write, AgentJson.Default.Int64, cancellationToken);

        void Write(Utf8JsonWriter json)
        {
            json.WriteString("path", path);
            json.WriteString("mode", mode);
        }
    }

    /// <summary>Closes a file (<c>guest-file-close</c>).</summary>
    public Task CloseFileAsync(long handle, CancellationToken cancellationToken = default) =>
        RunAsync("guest-file-close", json => json.WriteNumber("handle", handle), cancellationToken);

    /// <summary>Reads some bytes (<c>guest-file-read</c>).</summary>
    /// <param name="handle">Of an open file.</param>
    /// <param name="maxBytes">At most that many, up to 48 MiB.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<GuestFileRead> ReadFileAsync(long handle, int maxBytes, CancellationToken cancellationToken = default)
    {
        const string Command = "guest-file-read";
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxBytes, MaxReadBytes);
        GuestFileRead read = await CallAsync(Command, json => WriteHandle(json, handle, "count", maxBytes), AgentJson.Default.GuestFileRead, cancellationToken)
            .ConfigureAwait(false);
        return read.Count == read.Data.Length && read.Count <= maxBytes
            ? read
            : throw new AgentException($"the guest agent's {Command} returned {read.Data.Length} bytes as {read.Count}, asked for {maxBytes}") { Command = Command };
    }

    /// <summary>Writes some bytes (<c>guest-file-write</c>); perhaps not all.</summary>
    public async Task<GuestFileWrite> WriteFileAsync(long handle, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        const string Command = "guest-file-write";
        GuestFileWrite written = await CallAsync(Command, Write, AgentJson.Default.GuestFileWrite, cancellationToken).ConfigureAwait(false);
        return written.Count >= 0 && written.Count <= data.Length
            ? written
            : throw new AgentException($"the guest agent's {Command} wrote {written.Count} bytes of {data.Length}") { Command = Command };

        void Write(Utf8JsonWriter json)
        {
            json.WriteNumber("handle", handle);
            json.WriteBase64String("buf-b64", data.Span);
        }
    }

    /// <summary>Moves to another place of a file (<c>guest-file-seek</c>).</summary>
    public Task<GuestFileSeek> SeekFileAsync(long handle, long offset, GuestSeekOrigin origin, CancellationToken cancellationToken = default)
    {
        string whence = origin switch { GuestSeekOrigin.Cur => "cur", GuestSeekOrigin.End => "end", _ => "set" };
        return CallAsync("guest-file-seek", Write, AgentJson.Default.GuestFileSeek, cancellationToken);

        void Write(Utf8JsonWriter json)
        {
            WriteHandle(json, handle, "offset", offset);
            json.WriteString("whence", whence);
        }
    }

    /// <summary>Hands what was written to the guest's kernel (<c>guest-file-flush</c>).</summary>
    public Task FlushFileAsync(long handle, CancellationToken cancellationToken = default) =>
        RunAsync("guest-file-flush", json => json.WriteNumber("handle", handle), cancellationToken);

    /// <summary>Copies a file of the guest's, piece by piece; other callers have their turns between the pieces.</summary>
    /// <param name="path">Its full path in the guest.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="maxBytes">Where to stop: a guest's file may have no end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Bytes copied.</returns>
    /// <exception cref="AgentException">It can't be read, or is longer than <paramref name="maxBytes"/>.</exception>
    public async Task<long> ReadFileAsync(string path, Stream destination, long maxBytes = long.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        long handle = await OpenFileAsync(path, "rb", cancellationToken).ConfigureAwait(false);
        return await WithFileAsync(handle, () => CopyFromAsync(handle, path, destination, maxBytes, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a file in the guest, or replaces one, piece by piece; other callers have their turns between the pieces.</summary>
    /// <param name="path">Its full path in the guest.</param>
    /// <param name="source">Where from, up to its end.</param>
    /// <param name="append">Whether to add to a file that is there.</param>
    /// <param name="cancellationToken">Gives up; the file is then there in part.</param>
    /// <returns>Bytes copied.</returns>
    public async Task<long> WriteFileAsync(string path, Stream source, bool append = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        long handle = await OpenFileAsync(path, append ? "ab" : "wb", cancellationToken).ConfigureAwait(false);
        return await WithFileAsync(handle, () => CopyToAsync(handle, path, source, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Works with an open file and closes it, also when the work failed.</summary>
    private async Task<long> WithFileAsync(long handle, Func<Task<long>> work, CancellationToken cancellationToken)
    {
        long result;
        try
        {
            result = await work().ConfigureAwait(false);
        }
        catch
        {
            await TryCloseAsync(handle).ConfigureAwait(false);
            throw;
        }

        await CloseFileAsync(handle, cancellationToken).ConfigureAwait(false);
        return result;
    }

    private async Task<long> CopyFromAsync(long handle, string path, Stream destination, long maxBytes, CancellationToken cancellationToken)
    {
        long total = 0;
        while (true)
        {
            GuestFileRead read = await ReadFileAsync(handle, ChunkBytes, cancellationToken).ConfigureAwait(false);
            total += read.Count;
            if (total > maxBytes)
            {
                throw new AgentException($"the guest's {path} is longer than {maxBytes} bytes") { Command = "guest-file-read" };
            }

            await destination.WriteAsync(read.Data, cancellationToken).ConfigureAwait(false);
            if (read.Eof || read.Count == 0)
            {
                return total;
            }
        }
    }

    private async Task<long> CopyToAsync(long handle, string path, Stream source, CancellationToken cancellationToken)
    {
        byte[] chunk = new byte[ChunkBytes];
        long total = 0;
        while (await source.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            for (int done = 0; done < count;)
            {
                GuestFileWrite written = await WriteFileAsync(handle, chunk.AsMemory(done, count - done), cancellationToken).ConfigureAwait(false);
                done += written.Count > 0 ? (int)written.Count : throw new AgentException($"the guest's {path} takes no more") { Command = "guest-file-write" };
            }

            total += count;
        }

        await FlushFileAsync(handle, cancellationToken).ConfigureAwait(false);
        return total;
    }

    // The caller may have given up, and the reason for that is what is worth telling.
    private async Task TryCloseAsync(long handle)
    {
        try
        {
            await Channel.CallAsync(
                "guest-file-close",
                json => WriteMembers(json, "guest-file-close", arguments => arguments.WriteNumber("handle", handle)),
                static _ => true,
                CloseTimeout,
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AgentException or TimeoutException or IOException or ObjectDisposedException)
        {
        }
    }

    private static void WriteHandle(Utf8JsonWriter json, long handle, string member, long value)
    {
        json.WriteNumber("handle", handle);
        json.WriteNumber(member, value);
    }
}
