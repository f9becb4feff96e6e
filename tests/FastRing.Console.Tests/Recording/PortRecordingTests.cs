using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Recording;
using FastRing.Console.Spec;
using FastRing.Queues;

namespace FastRing.Console.Tests.Recording;

/// <summary>What is written down of a port.</summary>
public sealed class PortRecordingTests : IDisposable
{
    private readonly MemoryStream _file = new();
    private readonly CancellationTokenSource _end = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_and_control_messages_of_a_port_are_written_down_in_order_and_of_no_other(bool withPayload)
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint), new PortOptions("b", new EchoEndpoint()));
        console.StartDriver();
        Task recording = console.PortOf("a").RecordAsync(_file, new RecordingOptions(withPayload), _end.Token);
        DriverPort other = console.Open("b");
        DriverPort port = console.Open("a");
        console.Write(other, "not this"u8);
        console.Read(other, 8);
        console.Write(port, "hello\n"u8);
        console.OnWorker(() => endpoint.Supply([0, 1, 0xff]));
        console.Read(port, 3);
        console.OnWorker(() => endpoint.SetOpen(false));
        console.Until(() => !port.IsHostOpen, "host closed");
        port.Close();
        console.Until(() => !console.PortOf("a").IsGuestOpen, "guest closed");
        await EndAsync(recording);

        (RecordingHeader header, List<RecordedEvent> events) = await ReadAsync();
        Assert.Equal(("a", 1, withPayload, false, true), (header.Port, header.Id, header.WithPayload, header.IsGuestOpen, header.IsHostOpen));
        Assert.Equal(
            [
                "Driver PortOpen 1", withPayload ? "Guest 6 'hello\n'" : "Guest 6", withPayload ? "Host 3 0001ff" : "Host 3",
                "Device PortOpen 0", "Driver PortOpen 0",
            ],
            events.Select(Text));
        Assert.Equal(events.Select(e => e.Us).Order(), events.Select(e => e.Us));
    }

    [Fact]
    public async Task What_nobody_took_is_written_down_as_discarded()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()) { WhenHostClosed = HostClosedPolicy.Discard });
        console.StartDriver();
        var endpoint = new TestEndpoint();
        Port port = console.Add(new PortOptions("late", endpoint));
        console.Until(() => console.Driver.FindPort("late") is { IsHostOpen: true }, "the port");
        Task recording = port.RecordAsync(_file, end: _end.Token);
        console.OnWorker(() => endpoint.SetOpen(false));
        console.Driver.FindPort("late")!.TryWrite("gone"u8);
        console.Until(() => port.Counters.BytesDiscarded == 4, "discarded");
        await EndAsync(recording);

        (_, List<RecordedEvent> events) = await ReadAsync();
        RecordedEvent discarded = Assert.Single(events, e => e.Bytes is not null);
        Assert.True(discarded.Discarded);
        Assert.Equal("gone", discarded.Text);
    }

    [Fact]
    public async Task A_mebibyte_is_written_down_whole_and_a_guest_that_goes_too()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        console.StartDriver();
        Task recording = console.PortOf("a").RecordAsync(_file, new RecordingOptions(MostUnread: 64 << 20), _end.Token);
        DriverPort port = console.Open("a");
        byte[] sent = Pattern.Bytes(0, 1 << 20);
        for (int at = 0; at < sent.Length; at += 1 << 15)
        {
            console.Write(port, sent.AsSpan(at, 1 << 15));
            Assert.Equal(sent[at..(at + (1 << 15))], console.Read(port, 1 << 15));
        }

        console.OnWorker(console.Device.Reset);
        await EndAsync(recording);

        (_, List<RecordedEvent> events) = await ReadAsync();
        Assert.Equal(sent, Joined(events, RecordedParty.Guest));
        Assert.Equal(sent, Joined(events, RecordedParty.Host));
        Assert.True(events[^1].Reset);
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_holds_nobody_up_and_finds_how_much_it_lost()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        console.StartDriver();
        var stuck = new StuckStream(_file);
        Task recording = console.PortOf("a").RecordAsync(stuck, new RecordingOptions(MostUnread: 4096), _end.Token);
        DriverPort port = console.Open("a");
        for (int i = 0; i < 1000; i++)
        {
            console.Write(port, "0123456789"u8);
            console.Read(port, 10);
        }

        stuck.Go();
        await EndAsync(recording);
        (_, List<RecordedEvent> events) = await ReadAsync();
        long lost = events.Sum(e => e.Lost ?? 0);
        Assert.InRange(lost, 1, 2000);
        Assert.Equal(2001, lost + events.Count(e => e.Lost is null));
    }

    [Fact]
    public async Task A_guest_that_says_its_buffers_are_a_gibibyte_is_written_down_in_turns_and_keeps_nobody_waiting()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint) { WhenHostClosed = HostClosedPolicy.Discard });
        console.OnWorker(() => endpoint.SetOpen(false)); // What it sends is discarded.
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1);
        Task recording = console.PortOf("a").RecordAsync(Stream.Null, end: _end.Token);
        console.Settle();
        var buffer = new DriverBuffer(console.Transport.Allocate(16 << 20), 16 << 20);
        Assert.True(port.Transmit.Ring.TryAdd([.. Enumerable.Repeat(buffer, 64)], [], token: 0));

        Task<ulong> most = MostInARoundAsync(console, 1UL << 30);
        port.Transmit.PublishAndKick();
        Assert.InRange(await most.WaitAsync(TimeSpan.FromSeconds(60)), 1UL, 64UL << 20);
        await EndAsync(recording);
    }

    [Fact]
    public async Task A_port_is_recorded_once_at_a_time_and_its_end_ends_the_recording()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        console.StartDriver();
        Port port = console.PortOf("a");
        Task recording = port.RecordAsync(_file);
        await Assert.ThrowsAsync<InvalidOperationException>(() => port.RecordAsync(new MemoryStream()));
        console.Remove(port);
        await recording.WaitAsync(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => port.RecordAsync(new MemoryStream()));

        Port again = console.Add(new PortOptions("a", new EchoEndpoint()));
        await EndAsync(again.RecordAsync(new MemoryStream(), end: _end.Token)); // And it may be recorded again.
        await EndAsync(again.RecordAsync(new MemoryStream(), end: _end.Token));
    }

    [Fact]
    public async Task A_destination_that_fails_ends_the_recording_and_the_port_goes_on()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        console.StartDriver();
        await Assert.ThrowsAsync<NotSupportedException>(() => console.PortOf("a").RecordAsync(new MemoryStream([], writable: false)));
        DriverPort port = console.Open("a");
        console.Write(port, "on"u8);
        Assert.Equal("on"u8.ToArray(), console.Read(port, 2));
        await EndAsync(console.PortOf("a").RecordAsync(_file, end: _end.Token));
    }

    public void Dispose()
    {
        _file.Dispose();
        _end.Dispose();
    }

    /// <summary>Looks every time the worker comes round, until so much was discarded.</summary>
    private static Task<ulong> MostInARoundAsync(TestConsole console, ulong all)
    {
        PortCounters counters = console.PortOf("a").Counters;
        var done = new TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously);
        ulong seen = 0, most = 0;
        console.OnWorker(Look);
        return done.Task;

        void Look()
        {
            most = Math.Max(most, counters.BytesDiscarded - seen);
            seen = counters.BytesDiscarded;
            if (seen == all)
            {
                done.TrySetResult(most);
            }
            else
            {
                console.Worker.Post(Look);
            }
        }
    }

    private async Task EndAsync(Task recording)
    {
        await _end.CancelAsync();
        await recording.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private async Task<(RecordingHeader Header, List<RecordedEvent> Events)> ReadAsync()
    {
        _file.Position = 0;
        RecordingReader reader = await RecordingReader.OpenAsync(_file);
        var events = new List<RecordedEvent>();
        await foreach (RecordedEvent happened in reader.ReadAsync())
        {
            events.Add(happened);
        }

        return (reader.Header, events);
    }

    private static byte[] Joined(IEnumerable<RecordedEvent> events, RecordedParty from) => [.. events.Where(e => e.From == from && e.Bytes is not null).SelectMany(e => e.Payload!)];

    private static string Text(RecordedEvent e) => e switch
    {
        { Text: { } text } => $"{e.From} {e.Bytes} '{text}'",
        { Base64: { } bytes } => $"{e.From} {e.Bytes} {Convert.ToHexStringLower(bytes)}",
        { Bytes: { } bytes } => $"{e.From} {bytes}",
        _ => $"{e.From} {e.Event} {e.Value}",
    };

    /// <summary>Takes nothing until it may.</summary>
    private sealed class StuckStream(Stream inner) : Stream
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Go() => _go.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _go.Task;
            inner.Write(buffer.Span);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
