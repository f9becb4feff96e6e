using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using FastRing.Host.Client;
using FastRing.Host.Keeping;

namespace FastRing.Host.Commands;

/// <summary><c>fastring upgrade</c>: has a daemon that was started with <c>--keep</c> go on with another version of the program.</summary>
internal static class UpgradeCommand
{
    private static readonly Option<string?> Socket = new("--keeper")
    {
        Description = $"The keeper's socket. Default: ${KeeperPath.Variable}, else /run/fastring/keeper.sock for root, $XDG_RUNTIME_DIR/fastring/keeper.sock for others.",
        HelpName = "PATH",
    };

    private static readonly Option<FileInfo?> Program = new("--program") { Description = "The program; without it the file that the daemon runs, as it is now.", HelpName = "PATH" };

    public static Command Create()
    {
        var command = new Command("upgrade", "Have a daemon that was started with --keep go on with another version of the program; its guests do not notice.") { Socket, Program, ClientCommand.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        FileInfo? program = parsed.GetValue(Program);
        if (program is { Exists: false })
        {
            throw new UsageException($"{program.FullName}: no such file");
        }

        UpgradeAnswer answer = await AskAsync(parsed.GetValue(Socket) ?? KeeperPath.Default(), new UpgradeRequest(program?.FullName), cancellation);
        if (answer.Error is { } why)
        {
            throw new ApiException(ExitCode.Failed, new Problem("not upgraded", why, null));
        }

        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(answer, KeptJson.Default.UpgradeAnswer);
        }
        else
        {
            Output.Line(PlainText.Of($"worker {answer.Worker} has taken over: {answer.Program}"));
        }

        return ExitCode.Ok;
    }

    private static async Task<UpgradeAnswer> AskAsync(string path, UpgradeRequest request, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path.StartsWith('@') ? $"\0{path[1..]}" : path), cancellation);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(request, KeptJson.Default.UpgradeRequest), (byte)'\n'], cancellation);
            using var reader = new StreamReader(stream);
            string line = await reader.ReadLineAsync(cancellation) ?? throw new ApiException(ExitCode.Failed, new Problem("not upgraded", "the keeper refuses", null));
            return JsonSerializer.Deserialize(line, KeptJson.Default.UpgradeAnswer)!;
        }
        catch (Exception e) when (e is SocketException or JsonException)
        {
            throw new ApiException(ExitCode.NoDaemon, new Problem("no keeper there", $"{path}: {e.Message}", null));
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{path}: {UsageException.Plain(e)}");
        }
    }
}
