using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;
using Microsoft.Extensions.Logging;

namespace FastRing.VhostUser.Tests.Backend;

public class BackendLogTests
{
    [Fact]
    public void A_log_line_names_the_request_and_the_reason_and_there_is_one_a_second()
    {
        var log = new ListLogger();
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "vm1", log));
        long begin = Environment.TickCount64;
        using EventFd fd = EventFd.Create();
        for (int i = 0; i < 100; i++)
        {
            using RawFrontend frontend = fixture.ConnectRaw();
            frontend.Send(VhostUserRequest.SetVringNum, new byte[8], fd.Fd);
            Assert.True(frontend.IsClosedByBackend());
        }

        string[] lines = [.. log.Lines.Where(line => line.Contains("SetVringNum", StringComparison.Ordinal))];
        Assert.InRange(lines.Length, 1, 1 + (int)((Environment.TickCount64 - begin) / 1000));
        Assert.Equal("vm1: SetVringNum rejected (DescriptorCount): number of descriptors", lines[0]);
        Assert.Equal(100UL, fixture.Counters.Rejected(RejectionReason.DescriptorCount));
    }

    private sealed class ListLogger : ILogger
    {
        private readonly List<string> _lines = [];

        public string[] Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add(formatter(state, exception));
            }
        }
    }
}
