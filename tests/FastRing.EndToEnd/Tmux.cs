namespace FastRing.EndToEnd;

/// <summary>A terminal with a program in it, and somebody who types and looks: tmux, with a server of its own.</summary>
internal sealed class Tmux : IAsyncDisposable
{
    private readonly string _server = $"fastring-{Guid.NewGuid():N}";

    private Tmux()
    {
    }

    /// <summary>Starts a program in a terminal.</summary>
    /// <param name="columns">The terminal's width.</param>
    /// <param name="rows">Its height.</param>
    /// <param name="environment">NAME=VALUE of the program.</param>
    /// <param name="program">The program and its arguments.</param>
    public static async Task<Tmux> StartAsync(int columns, int rows, IEnumerable<string> environment, params string[] program)
    {
        var tmux = new Tmux();
        await Programs.RunAsync("env", [.. environment, "tmux", "-L", tmux._server, "-f", "/dev/null", "new-session", "-d", "-x", $"{columns}", "-y", $"{rows}", "--", .. program]);
        await tmux.RunAsync(["set-option", "-g", "status", "off"]);
        await tmux.ResizeAsync(columns, rows);
        return tmux;
    }

    /// <summary>Types a text as it is.</summary>
    public Task TypeAsync(string text) => RunAsync(["send-keys", "-l", "--", text]);

    /// <summary>Presses a key, in tmux's words: Enter, Tab, C-].</summary>
    public Task PressAsync(string key) => RunAsync(["send-keys", "--", key]);

    /// <summary>Types a line.</summary>
    public async Task EnterAsync(string line)
    {
        await TypeAsync(line);
        await PressAsync("Enter");
    }

    public Task ResizeAsync(int columns, int rows) => RunAsync(["resize-window", "-x", $"{columns}", "-y", $"{rows}"]);

    /// <summary>What is to be seen, without the empty rows at the end.</summary>
    public async Task<string[]> ScreenAsync() =>
        [.. (await RunAsync(["capture-pane", "-p"])).TrimEnd('\n').Split('\n').Select(l => l.TrimEnd())];

    /// <summary>Waits until the screen is as expected.</summary>
    public async Task<string[]> UntilAsync(Func<string[], bool> isSo)
    {
        long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
        string[] seen = await ScreenAsync();
        while (!isSo(seen))
        {
            Assert.True(Environment.TickCount64 < end, $"never seen; but:\n{string.Join('\n', seen)}");
            await Task.Delay(50);
            seen = await ScreenAsync();
        }

        return seen;
    }

    /// <summary>Waits until the last row is as expected.</summary>
    public Task<string[]> UntilLastAsync(string row) => UntilAsync(screen => screen[^1] == row);

    /// <summary>Waits until the program in it has made the terminal raw.</summary>
    public async Task UntilRawAsync()
    {
        string terminal = (await RunAsync(["display-message", "-p", "#{pane_tty}"])).Trim();
        long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
        while (!(await Programs.RunAsync("stty", ["-F", terminal, "-a"])).Contains("-icanon", StringComparison.Ordinal))
        {
            Assert.True(Environment.TickCount64 < end, "the terminal is not raw");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync() => await Programs.TryRunAsync("tmux", ["-L", _server, "kill-server"]);

    private Task<string> RunAsync(string[] arguments) => Programs.RunAsync("tmux", ["-L", _server, .. arguments]);
}
