using System.CommandLine;
using FastRing.Guest;

namespace FastRing.GuestTool.Commands;

/// <summary><c>fastring-guest cat</c>, <c>send</c> and <c>receive</c>: one session of a port on standard input and output.</summary>
internal static class TransferCommands
{
    public static Command Cat() => Create(
        "cat", "Send standard input and write what the host's program sends to standard output, until it leaves.", CatAsync);

    public static Command Send() => Create("send", "Send standard input, waiting for a program at the host's end.", SendAsync);

    public static Command Receive() => Create("receive", "Write what the host's program sends to standard output, until it leaves.", ReceiveAsync);

    private static Command Create(string verb, string description, Func<ChannelSession, CancellationToken, Task<int>> transfer)
    {
        Argument<string> name = CommandLine.Name();
        Option<double?> timeout = CommandLine.Timeout("the port and a program at the host's end");
        var command = new Command(verb, description) { name, timeout };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var channel = new ResilientChannel(parsed.GetValue(name)!);
            ChannelSession session = await AcceptAsync(channel, CommandLine.Duration(parsed.GetValue(timeout)), cancellation);
            return await transfer(session, cancellation);
        });
        return command;
    }

    private static async Task<ChannelSession> AcceptAsync(ResilientChannel channel, TimeSpan timeout, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(timeout);
        try
        {
            return await channel.AcceptAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"nobody came to the host's end of '{channel.Name}' within {timeout.TotalSeconds} s");
        }
    }

    private static async Task<int> CatAsync(ChannelSession session, CancellationToken cancellation)
    {
        Task<int> sending = SendAsync(session, cancellation);
        int received = await ReceiveAsync(session, cancellation);
        return sending.IsCompleted ? await sending : received;
    }

    private static async Task<int> SendAsync(ChannelSession session, CancellationToken cancellation)
    {
        try
        {
            await Console.OpenStandardInput().CopyToAsync(session, cancellation);
            return ExitCode.Done;
        }
        catch (SessionEndedException) when (session.IsPortRemoved)
        {
            throw new PortRemovedException("the port was removed before everything was sent");
        }
    }

    private static async Task<int> ReceiveAsync(ChannelSession session, CancellationToken cancellation)
    {
        await session.CopyToAsync(Console.OpenStandardOutput(), cancellation);
        return session.IsPortRemoved ? throw new PortRemovedException("the port was removed") : ExitCode.Done;
    }
}
