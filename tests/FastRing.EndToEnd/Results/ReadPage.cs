using System.Diagnostics.CodeAnalysis;
using PuppeteerSharp;
using PuppeteerSharp.Media;

namespace FastRing.EndToEnd.Results;

/// <summary>A page in a real browser without a window, and what it asked for and complained of meanwhile.</summary>
internal sealed class ReadPage : IAsyncDisposable
{
    private readonly IBrowser _browser;
    private readonly IPage _page;
    private readonly List<string> _requests = [];
    private readonly List<string> _complaints = [];

    private ReadPage(IBrowser browser, IPage page)
    {
        _browser = browser;
        _page = page;
        page.Request += (_, e) => Add(_requests, e.Request.Url);
        page.Console += (_, e) => Add(_complaints, e.Message.Text);
        page.PageError += (_, e) => Add(_complaints, e.Message);
        page.Dialog += (_, e) => Add(_complaints, e.Dialog.Message);
    }

    /// <summary>What the browser was asked to fetch, but for what the page itself carries.</summary>
    public IReadOnlyList<string> Requests => [.. Copy(_requests).Where(r => !r.StartsWith("data:", StringComparison.Ordinal))];

    /// <summary>Errors, dialogs, and whatever a script wrote to the console.</summary>
    public IReadOnlyList<string> Complaints => Copy(_complaints);

    public static async Task<ReadPage> OpenAsync(string file)
    {
        IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [], // Chromium's own does not start as root.
            Timeout = (int)GuestRig.Patience.TotalMilliseconds,
        });
        var read = new ReadPage(browser, await browser.NewPageAsync());
        await read._page.GoToAsync(new Uri(file).AbsoluteUri, new NavigationOptions { WaitUntil = [WaitUntilNavigation.Networkidle0], Timeout = (int)GuestRig.Patience.TotalMilliseconds });
        return read;
    }

    /// <summary>What an expression of JavaScript is in the page.</summary>
    public Task<T> AskAsync<T>([StringSyntax("javascript")] string expression) => _page.EvaluateExpressionAsync<T>(expression);

    /// <summary>The user's wish for light or dark.</summary>
    public Task PreferAsync(string scheme) =>
        _page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        await _browser.DisposeAsync();
    }

    private static void Add(List<string> to, string what)
    {
        lock (to)
        {
            to.Add(what);
        }
    }

    private static List<string> Copy(List<string> of)
    {
        lock (of)
        {
            return [.. of];
        }
    }
}
