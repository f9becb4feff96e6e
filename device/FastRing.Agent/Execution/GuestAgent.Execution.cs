using System.Text.Json;

namespace FastRing.Agent;

public sealed partial class GuestAgent
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan SlowestPoll = TimeSpan.FromMilliseconds(250);

    /// <summary>Starts a program (<c>guest-exec</c>). <see cref="GuestCommand.Timeout"/> and <see cref="GuestCommand.MaxOutputBytes"/> are for <see cref="ExecAsync"/>.</summary>
    /// <returns>Its process in the guest. Its end has to be asked for (<see cref="GetExecStatusAsync"/>), or the agent keeps it for ever.</returns>
    public async Task<long> StartAsync(GuestCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentException.ThrowIfNullOrEmpty(command.Path);
        return (await CallAsync("guest-exec", json => WriteExec(json, command), AgentJson.Default.GuestExec, cancellationToken).ConfigureAwait(false)).Pid;
    }

    /// <summary>How a program is that was started (<c>guest-exec-status</c>). Once it has told of its end, the agent forgets it.</summary>
    public Task<GuestExecStatus> GetExecStatusAsync(long pid, CancellationToken cancellationToken = default) =>
        CallAsync("guest-exec-status", json => json.WriteNumber("pid", pid), AgentJson.Default.GuestExecStatus, cancellationToken);

    /// <summary>Runs a program to its end; other callers have their turns meanwhile.</summary>
    /// <exception cref="TimeoutException">It still runs after <see cref="GuestCommand.Timeout"/>, and goes on; or the agent did not answer.</exception>
    public async Task<GuestExecResult> ExecAsync(GuestCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        using var expiry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        expiry.CancelAfter(command.Timeout ?? System.Threading.Timeout.InfiniteTimeSpan);
        long? pid = null;
        try
        {
            pid = await StartAsync(command, expiry.Token).ConfigureAwait(false);
            return Result(command, await WaitExecAsync(pid.Value, expiry.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException e) when (expiry.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            string what = pid is { } process ? $"process {process} of the guest still runs" : "the guest agent did not start it";
            throw new TimeoutException($"{command.Path}: {what} after {command.Timeout!.Value.TotalSeconds:0.###} s", e);
        }
    }

    private async Task<GuestExecStatus> WaitExecAsync(long pid, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = FirstPoll; ; pause = pause * 2 < SlowestPoll ? pause * 2 : SlowestPoll)
        {
            GuestExecStatus status = await GetExecStatusAsync(pid, cancellationToken).ConfigureAwait(false);
            if (status.Exited)
            {
                return status;
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private static GuestExecResult Result(GuestCommand command, GuestExecStatus status)
    {
        ReadOnlyMemory<byte> output = status.OutData ?? default;
        ReadOnlyMemory<byte> error = status.ErrData ?? default;
        int limit = command.MaxOutputBytes;
        return new GuestExecResult(
            status.Exitcode,
            status.Signal,
            output.Length > limit ? output[..limit] : output,
            error.Length > limit ? error[..limit] : error,
            status.OutTruncated || output.Length > limit,
            status.ErrTruncated || error.Length > limit);
    }

    private static void WriteExec(Utf8JsonWriter json, GuestCommand command)
    {
        json.WriteString("path", command.Path);
        WriteStrings(json, "arg", command.Arguments);
        if (command.Environment is not null)
        {
            WriteStrings(json, "env", command.Environment);
        }

        if (!command.Input.IsEmpty)
        {
            json.WriteBase64String("input-data", command.Input.Span);
        }

        switch (command.Capture)
        {
            case GuestExecCapture.Separated:
                json.WriteBoolean("capture-output", true); // Agents before QEMU 8.0 know nothing else.
                break;
            case GuestExecCapture.Stdout:
                json.WriteString("capture-output", "stdout");
                break;
            case GuestExecCapture.Stderr:
                json.WriteString("capture-output", "stderr");
                break;
            case GuestExecCapture.Merged:
                json.WriteString("capture-output", "merged");
                break;
        }
    }
}
