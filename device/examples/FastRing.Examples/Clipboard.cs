namespace FastRing.Examples;

/// <summary>
/// A clipboard whose text is a file's content. Each change has a number, one higher than any seen before; the higher number wins, and of
/// two changes with one number the host's: so both sides end with the same text, and nothing echoes.
/// </summary>
internal sealed class Clipboard(string file, bool winsTies)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private ClipboardFrame _current = new(0, "");
    private ulong _known; // The highest number the other side has or sent.

    /// <summary>Shares it with the other side until that ends.</summary>
    /// <exception cref="InvalidDataException">The other side does not keep to the protocol.</exception>
    public async Task ShareAsync(Stream other, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _known = 0;
        Task sending = SendAsync(other, end.Token);
        try
        {
            while (await ClipboardFrame.ReadAsync(other, cancellation) is { } frame)
            {
                Take(frame);
            }
        }
        finally
        {
            await end.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(Stream other, CancellationToken cancellation)
    {
        using var look = new PeriodicTimer(LookInterval);
        do
        {
            if (NextChange() is { } change)
            {
                await change.WriteAsync(other, cancellation);
            }
        }
        while (await look.WaitForNextTickAsync(cancellation));
    }

    private ClipboardFrame? NextChange()
    {
        lock (this)
        {
            if (Content() is { } text && text != _current.Text)
            {
                _current = new ClipboardFrame(_current.Version + 1, text);
            }

            bool isNews = _current.Version > _known;
            _known = Math.Max(_known, _current.Version);
            return isNews ? _current : null;
        }
    }

    private void Take(ClipboardFrame frame)
    {
        lock (this)
        {
            _known = Math.Max(_known, frame.Version);
            if (frame.Version > _current.Version || (frame.Version == _current.Version && !winsTies))
            {
                File.WriteAllText(file + ".new", frame.Text);
                File.Move(file + ".new", file, overwrite: true);
                _current = frame;
            }
        }
    }

    private string? Content()
    {
        try
        {
            return new FileInfo(file) is { Exists: true, Length: <= ClipboardFrame.MaxBytes } ? ClipboardFrame.Decode(File.ReadAllBytes(file)) : null;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return null; // Being written, or no text.
        }
    }
}
