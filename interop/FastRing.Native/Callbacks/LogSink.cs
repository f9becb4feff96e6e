using FastRing.Native.Layout;
using Microsoft.Extensions.Logging;

namespace FastRing.Native.Callbacks;

/// <summary>The library's log: one callback for all of it, or none.</summary>
internal sealed unsafe class LogSink : ILogger
{
    private const int LongestLine = 2048;

    public static readonly LogSink Shared = new();

    private volatile Target? _target;

    /// <summary>From now on lines go there; default: nowhere.</summary>
    public void Set(in LogConfig config) => _target = config.Log == null ? null : new Target(config);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => _target is { } target && logLevel >= target.Level && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (_target is { } target && logLevel >= target.Level)
        {
            string line = formatter(state, exception);
            target.Write(logLevel, exception is null ? line : $"{line}: {exception.GetType().Name}: {exception.Message}");
        }
    }

    /// <summary>A fault that no caller hears of.</summary>
    public void Fault(string where, Exception fault)
    {
        if (_target is { } target)
        {
            target.Write(LogLevel.Error, $"{where}: {fault.GetType().Name}: {fault.Message}");
        }
    }

    private sealed class Target(in LogConfig config)
    {
        private readonly LogConfig _config = config;

        public LogLevel Level => (LogLevel)_config.Level;

        public void Write(LogLevel level, string line)
        {
            byte* text = stackalloc byte[LongestLine];
            Text.Copy(line, new Span<byte>(text, LongestLine));
            using CallbackScope scope = CallbackScope.Enter();

            // SAFETY: the program's function, with what it was registered with; the text lives until it returns.
            _config.Log(_config.User, (int)level, text);
        }
    }
}
