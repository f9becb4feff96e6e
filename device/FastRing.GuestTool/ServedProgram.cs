using System.Diagnostics;
using System.Globalization;
using FastRing.Guest;

namespace FastRing.GuestTool;

/// <summary>A program whose standard input and output are one session of a port.</summary>
internal sealed class ServedProgram : IDisposable
{
    private readonly Process _process;
    private readonly ChannelSession _session;

    private ServedProgram(Process process, ChannelSession session)
    {
        _process = process;
        _session = session;
    }

    /// <summary>Starts it; its standard error is ours.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static ServedProgram Start(string[] program, string port, ChannelSession session)
    {
        var start = new ProcessStartInfo(program[0], program[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["FASTRING_PORT"] = port;
        start.Environment["FASTRING_SESSION"] = session.Number.ToString(CultureInfo.InvariantCulture);
        return new ServedProgram(Process.Start(start)!, session);
    }

    /// <summary>Carries bytes until the program has ended; after the session's end it has <paramref name="grace"/> for that.</summary>
    /// <returns>Its exit code when it ended by itself before the session did, else 0.</returns>
    public async Task<int> ServeAsync(TimeSpan grace, CancellationToken cancellation)
    {
        try
        {
            Task input = FeedAsync(cancellation);
            Task output = DrainAsync(cancellation);
            Task ended = _process.WaitForExitAsync(cancellation);
            if (await Task.WhenAny(input, ended) == ended && !_session.Ended.IsCancellationRequested)
            {
                await output;
                return _process.ExitCode;
            }

            await Task.WhenAll(ended, output).WaitAsync(grace, cancellation);
        }
        catch (TimeoutException)
        {
            Console.Error.WriteLine($"fastring-guest: killing a program that still runs {grace.TotalSeconds} s after session {_session.Number} ended");
        }

        return 0;
    }

    /// <summary>Kills it with everything it started, when it still runs.</summary>
    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task FeedAsync(CancellationToken cancellation)
    {
        await using Stream input = _process.StandardInput.BaseStream;
        try
        {
            await _session.CopyToAsync(input, cancellation);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It reads no more: what comes is nobody's, until one of the two ends.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _session.Ended);
            await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A program is never stopped by a host that has left: its output is read to the end.
    private async Task DrainAsync(CancellationToken cancellation)
    {
        Stream output = _process.StandardOutput.BaseStream;
        try
        {
            await output.CopyToAsync(_session, cancellation);
        }
        catch (Exception e) when (e is SessionEndedException or ObjectDisposedException)
        {
            await output.CopyToAsync(Stream.Null, cancellation);
        }
    }
}
