using System.Globalization;
using System.Text;

namespace FastRing.Host.Guests;

/// <summary>
/// A shell on the guest's first console. It reads commands as a script; markers around each command's output tell where it begins and
/// ends. Everything the console shows is read at all times, so the guest never waits for this program.
/// </summary>
internal sealed class GuestConsole : IAsyncDisposable
{
    private const int TailLines = 4;
    private const int MaxShownCommand = 100;
    private const byte Interrupt = 0x03;

    // It must fit the 4 KiB buffer of the guest's terminal: once that is full the kernel's console stops reading for good.
    private const int MaxCommandBytes = 3000;

    private static readonly TimeSpan InterruptTimeout = TimeSpan.FromSeconds(2);

    private readonly Stream _input;
    private readonly Lock _gate = new();
    private readonly Transcript _transcript;
    private readonly List<MarkedText> _boots = [];
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Task _pump;
    private MarkedText? _command;
    private string? _unusable;
    private int _commands;

    /// <summary>Starts to read <paramref name="output"/>; <paramref name="logPath"/> gets a copy when it is not null.</summary>
    public GuestConsole(Stream input, Stream output, string? logPath)
    {
        _input = input;
        _transcript = new Transcript(logPath);
        _pump = PumpAsync(output);
    }

    /// <summary>The last part of what the console showed.</summary>
    public string Text
    {
        get
        {
            lock (_gate)
            {
                return _transcript.Text;
            }
        }
    }

    /// <summary>Waits until the shell is there, for the <paramref name="boot"/>-th time (1 is the first; a reboot makes 2).</summary>
    /// <returns>The number of virtio devices the guest has.</returns>
    /// <exception cref="GuestException">The guest ended instead.</exception>
    public async Task<int> WaitBootAsync(int boot)
    {
        Task<string> ready;
        lock (_gate)
        {
            ready = Boot(boot - 1).Text;
        }

        return int.Parse(await ready.ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    /// <summary>Runs one command line, or several lines, in a subshell without input; one caller at a time, the others wait.</summary>
    /// <exception cref="GuestException">Still running after <paramref name="timeout"/> (it gets ^C), or the guest ended or rebooted.</exception>
    public async Task<CommandResult> RunAsync(string shellCommand, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            MarkedText output = await SendAsync(shellCommand).ConfigureAwait(false);
            return Result(await FinishAsync(output, shellCommand, timeout, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Types <paramref name="line"/> and waits for nothing.</summary>
    public async Task TypeAsync(string line)
    {
        try
        {
            await _input.WriteAsync(Encoding.UTF8.GetBytes(line + "\n")).ConfigureAwait(false);
            await _input.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Failure($"the guest's console is closed: {e.Message}");
        }
    }

    /// <summary>An exception whose message ends with the console's last lines.</summary>
    public GuestException Failure(string message)
    {
        lock (_gate)
        {
            return new GuestException($"{message}; console: {_transcript.Tail(TailLines)}");
        }
    }

    /// <summary>Waits for the console's end, which comes when the guest's processes are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pump.ConfigureAwait(false);
        _transcript.Dispose();
        _turn.Dispose();
    }

    private async Task<MarkedText> SendAsync(string shellCommand)
    {
        string quoted = Quoted(shellCommand);
        string id = (++_commands).ToString(CultureInfo.InvariantCulture);
        MarkedText output = new($"\u001e{id}B\u001e", $"\u001e{id}E\u001e");
        lock (_gate)
        {
            if (_unusable is not null)
            {
                throw Failure(_unusable);
            }

            _command = output;
        }

        // The octal escapes keep the markers themselves out of what is typed.
        await TypeAsync($"printf '\\036{id}B\\036'; (eval {quoted}) </dev/null; printf '\\037%d\\036{id}E\\036' $?")
            .ConfigureAwait(false);
        return output;
    }

    private static string Quoted(string shellCommand)
    {
        if (shellCommand.Any(c => char.IsControl(c) && c is not ('\n' or '\t')))
        {
            throw new GuestException("a guest command may have no control characters but newline and tab: the terminal would act on them");
        }

        string quoted = $"'{shellCommand.Replace("'", "'\\''", StringComparison.Ordinal)}'";
        return Encoding.UTF8.GetByteCount(quoted) <= MaxCommandBytes
            ? quoted
            : throw new GuestException($"a guest command may have {MaxCommandBytes} bytes at most, quotes counted four times");
    }

    private async Task<string> FinishAsync(MarkedText output, string shellCommand, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await output.Text.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await InterruptAsync(output).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw Failure($"guest command '{Shown(shellCommand)}' took longer than {timeout.TotalSeconds:0.#} s");
        }
        finally
        {
            lock (_gate)
            {
                _command = null;
            }
        }
    }

    private async Task InterruptAsync(MarkedText output)
    {
        try
        {
            await _input.WriteAsync(new[] { Interrupt }).ConfigureAwait(false);
            await _input.FlushAsync().ConfigureAwait(false);
            await output.Text.WaitAsync(InterruptTimeout).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            SetUnusable("an earlier guest command did not end, not even by ^C");
        }
        catch (GuestException)
        {
            // The guest has ended meanwhile; the caller learns of the timeout.
        }
    }

    private static string Shown(string shellCommand)
    {
        string line = shellCommand.ReplaceLineEndings("; ");
        return line.Length <= MaxShownCommand ? line : line[..MaxShownCommand] + "...";
    }

    private static CommandResult Result(string text)
    {
        int separator = text.LastIndexOf('\u001f');
        return new CommandResult(int.Parse(text.AsSpan(separator + 1), CultureInfo.InvariantCulture), text[..separator]);
    }

    private async Task PumpAsync(Stream output)
    {
        byte[] buffer = new byte[32 << 10];
        try
        {
            int count;
            while ((count = await output.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                Show(buffer.AsSpan(0, count));
            }
        }
        catch (IOException)
        {
            // The same as the end of the stream.
        }

        SetUnusable("the guest has ended");
    }

    private void Show(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _transcript.Append(bytes);
            _command?.Offer(bytes);
            int boot = _boots.FindIndex(text => !text.Text.IsCompleted);
            if (Boot(boot < 0 ? _boots.Count : boot).Offer(bytes) && _command is { } command)
            {
                command.Fail(Failure("the guest rebooted while a command ran"));
            }
        }
    }

    private MarkedText Boot(int index)
    {
        while (_boots.Count <= index)
        {
            _boots.Add(new MarkedText("\u001eready\u001f", "\u001e"));
            if (_unusable is not null)
            {
                _boots[^1].Fail(Failure(_unusable));
            }
        }

        return _boots[index];
    }

    private void SetUnusable(string reason)
    {
        lock (_gate)
        {
            _unusable = reason;
            GuestException failure = Failure(reason);
            _command?.Fail(failure);
            _boots.ForEach(boot => boot.Fail(failure));
        }
    }
}
