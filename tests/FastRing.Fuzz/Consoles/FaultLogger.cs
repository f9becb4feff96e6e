using Microsoft.Extensions.Logging;

namespace FastRing.Fuzz.Consoles;

/// <summary>Keeps the exceptions that are logged: a device that logs one has failed.</summary>
internal sealed class FaultLogger : ILogger
{
    public Exception? Fault { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Fault ??= exception;
}
