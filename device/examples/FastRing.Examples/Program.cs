using FastRing.Examples;

const string Usage =
    """
    fastring-examples clipboard-guest PORT FILE          in the guest; FILE holds the clipboard's text
    fastring-examples clipboard-host SOCKET FILE         on the host; SOCKET is that of the port
    fastring-examples events-guest PORT [EVENT=COMMAND]  in the guest; EVENT is shutdown, reboot or logoff (the user is COMMAND's $1)
    fastring-examples events-host SOCKET EVENT [USER]    on the host; ends with 0 when the guest has acknowledged
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

try
{
    switch (args)
    {
        case ["clipboard-guest", var port, var file]:
            await ClipboardGuest.RunAsync(port, file, stop.Token);
            return 0;
        case ["clipboard-host", var socket, var file]:
            await ClipboardHost.RunAsync(socket, file, stop.Token);
            return 0;
        case ["events-guest", var port, .. var actions]:
            await EventsGuest.RunAsync(port, actions, stop.Token);
            return 0;
        case ["events-host", var socket, var name, .. var user] when user.Length <= 1:
            return await EventsHost.RunAsync(socket, name, user.FirstOrDefault(), stop.Token) ? 0 : 1;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (OperationCanceledException)
{
    return 130;
}
catch (Exception e) when (e is IOException or InvalidDataException or System.Net.Sockets.SocketException or UnauthorizedAccessException or ArgumentException)
{
    Console.Error.WriteLine($"fastring-examples: {e.Message}");
    return 1;
}
