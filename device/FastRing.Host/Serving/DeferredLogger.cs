using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>The host's logger, for those who start before the host is built. A line logged earlier waits for it.</summary>
internal sealed class DeferredLogger(Task<IHost> host) : ILogger
{
    private ILogger? _logger;

    private ILogger Logger => _logger ??= Create(host.GetAwaiter().GetResult());

    public static ILogger Create(IHost host) => host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("fastring");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Logger.Log(logLevel, eventId, state, exception, formatter);
}
