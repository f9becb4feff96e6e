using System.Collections.Concurrent;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Tests.Serving;

public sealed class AuditLogTests : IDisposable
{
    private readonly Worker _worker = new("audit-test", static _ => { });
    private readonly Lines _lines = new();
    private readonly Door _door = new();
    private readonly Door _otherDoor = new();
    private readonly ConsoleDevice _device;

    public AuditLogTests()
    {
        _device = new ConsoleDevice(_worker, new ConsoleOptions { Ports = [new PortOptions("a", _door), new PortOptions("b", _otherDoor)] });
        AuditLog.Keep(_device, "vm0", _lines, TimeSpan.FromMilliseconds(300));
        _device.StartAsync().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _device.Dispose();
        _worker.Dispose();
    }

    [Fact]
    public async Task Who_comes_and_leaves_has_a_line_each()
    {
        await _worker.InvokeAsync(() => _door.Enter("pid 1 uid 2"));
        await _worker.InvokeAsync(_door.Leave);
        Assert.Equal(["vm0: port 'a': opened by pid 1 uid 2", "vm0: port 'a': left by pid 1 uid 2"], _lines.All);
    }

    [Fact]
    public async Task Whoever_hammers_on_a_port_has_two_lines_and_another_port_its_own()
    {
        await _worker.InvokeAsync(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                _door.Observer.ClientRefused($"pid {i} uid 5", "not on the allow-list");
            }

            _otherDoor.Observer.ClientRefused("pid 7 uid 8", "not on the allow-list");
        });
        Assert.Equal(["vm0: port 'a': refused pid 0 uid 5: not on the allow-list", "vm0: port 'b': refused pid 7 uid 8: not on the allow-list"], _lines.All);

        await UntilAsync(3);
        Assert.Equal("vm0: port 'a': 999 more refused, the last was pid 999 uid 5: not on the allow-list", _lines.All[^1]);
    }

    [Fact]
    public async Task Who_comes_and_goes_all_the_time_has_twenty_lines_and_the_rest_are_told_in_one()
    {
        await _worker.InvokeAsync(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                _door.Enter($"pid {i} uid 5");
                _door.Leave();
            }

            _otherDoor.Enter("pid 7 uid 8");
            _door.Observer.ClientRefused("pid 9 uid 6", "not on the allow-list");
        });
        Assert.Equal(22, _lines.All.Count);
        Assert.Equal("vm0: port 'a': left by pid 9 uid 5", _lines.All[19]);
        Assert.Equal(["vm0: port 'b': opened by pid 7 uid 8", "vm0: port 'a': refused pid 9 uid 6: not on the allow-list"], _lines.All.Skip(20));

        await UntilAsync(23);
        Assert.Equal("vm0: port 'a': opened 990 more times, the last by pid 999 uid 5", _lines.All[^1]);
    }

    private async Task UntilAsync(int lines)
    {
        for (long end = Environment.TickCount64 + 20_000; _lines.All.Count < lines && Environment.TickCount64 < end;)
        {
            await Task.Delay(10);
        }

        Assert.Equal(lines, _lines.All.Count);
    }

    private sealed class Door : IHostEndpoint
    {
        public IEndpointObserver Observer { get; private set; } = null!;

        public bool IsOpen { get; private set; }

        public bool MayHaveInput => false;

        public void Enter(string who)
        {
            IsOpen = true;
            Observer.ClientAccepted(who);
            Observer.HostOpenChanged();
        }

        public void Leave()
        {
            IsOpen = false;
            Observer.HostOpenChanged();
        }

        public void Start(Worker worker, IEndpointObserver observer) => Observer = observer;

        public nint Write(ReadOnlySpan<IoVector> segments) => 0;

        public nint Read(ReadOnlySpan<IoVector> segments) => 0;

        public void GuestOpenChanged(bool open)
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class Lines : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> All => [.. _lines];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));
    }
}
