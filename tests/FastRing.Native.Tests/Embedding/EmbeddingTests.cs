using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Native.Tests.Embedding;

/// <summary>What docs/embedding.md says of memory, threads, rings and notifications, and shows as code, is so.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private readonly List<Exception> _faults = [];
    private readonly Machine _machine = new();
    private readonly Worker _worker;

    public EmbeddingTests() => _worker = new Worker("embedding", _faults.Add);

    [Fact]
    public void Memory_that_is_added_shares_the_regions_that_stay()
    {
        GuestMemory memory = _machine.Memory;
        var above = new GuestAddress(4UL << 30);
        using OwnedFd file = MemFd.Create("more", 1 << 20);
        GuestRegion added = GuestRegion.Map(file, 0, 1 << 20, above, new FrontendAddress(above.Value));
        var larger = new GuestMemory([.. memory.Regions, added]); // The regions that stay are shared, not mapped again.

        larger.Window(above, 5).Span.Fill(1);
        memory.Window(new GuestAddress(1 << 16), 5).Span.Fill(2);
        memory.Dispose();
        Assert.Equal([2, 2, 2, 2, 2], larger.Window(new GuestAddress(1 << 16), 5).Span.ToArray());
        Assert.Throws<ObjectDisposedException>(() => memory.Hold());
        larger.Dispose();
    }

    [Fact]
    public async Task Memory_whose_file_is_cut_off_is_lost_and_the_process_lives()
    {
        GuestMemory memory = _machine.Memory;
        var lost = new TaskCompletionSource();
        void StopQueues() => lost.TrySetResult();

        await _worker.InvokeAsync(() => _worker.MemoryLost += () =>
        {
            if (memory.IsLost) // Some mapping of the process is lost, not necessarily one of this guest.
            {
                StopQueues();
            }
        });

        await File.WriteAllBytesAsync($"/proc/self/fd/{_machine.File.Fd}", []); // Nobody sealed it.
        await _worker.InvokeAsync(() => Assert.Equal(0, memory.Window(new GuestAddress(1 << 16), 1).Span[0]));
        await lost.Task.WaitAsync(Support.Shell.Patience);
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task Other_threads_get_in_by_asking_and_hear_what_was_thrown()
    {
        bool isThere = false;
        await _worker.InvokeAsync(() => isThere = _worker.IsCurrent);
        Assert.True(isThere);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _worker.InvokeAsync(() => throw new InvalidOperationException("mine")));

        await _worker.RunAsync(async () =>
        {
            await Task.Yield();
            Assert.True(_worker.IsCurrent); // After each await, too.
        });

        _worker.Post(() => throw new InvalidOperationException("nobody waits for this"));
        await _worker.InvokeAsync(() => { });
        Assert.Equal("nobody waits for this", Assert.Single(_faults).Message);

        _worker.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _worker.InvokeAsync(() => { }));
    }

    [Fact]
    public void A_device_takes_what_there_is_and_notifies_once()
    {
        var device = new Counter();
        device.Attached(_machine);
        device.QueueStarted(0, _machine.Start(_machine.Memory), enabled: true);
        device.QueueKicked(0); // Nothing is there: it only asks for kicks.

        Add(100);
        Add(200);
        Assert.True(_machine.Driver.Publish()); // It did.
        device.QueueKicked(0);

        Assert.Equal((300L, 1), (device.Bytes, _machine.Notifications));
        device.QueueStopping(0);
    }

    [Fact]
    public void A_malformed_ring_is_a_value_and_the_devices_word_to_its_transport()
    {
        Assert.Equal(VirtqueueError.BadSize, Virtqueue.TryCreate(_machine.Setup with { Size = 3 }, _machine.Memory, out _));
        Assert.Equal(VirtqueueError.AreaNotMapped, Virtqueue.TryCreate(_machine.Setup with { Device = new GuestAddress(1UL << 40) }, _machine.Memory, out _));

        var device = new Counter();
        device.Attached(_machine);
        device.QueueStarted(0, _machine.Start(_machine.Memory), enabled: true);
        Assert.True(_machine.Driver.TryAdd(new DriverBuffer(new GuestAddress(Machine.Size - 1), 2), writable: false, token: 0));
        _machine.Driver.Publish();
        device.QueueKicked(0);

        Assert.Equal(VirtqueueError.BufferNotMapped, _machine.Broken);
        device.QueueStopping(0);
    }

    [Fact]
    public async Task Gathered_notifications_come_with_the_count_or_with_the_time()
    {
        await _worker.InvokeAsync(() =>
        {
            Virtqueue queue = _machine.Start(_machine.Memory);
            queue.NotificationTimer = new WorkerTimer(_worker, queue.DecideNotification);
            queue.Coalescing = NotificationCoalescing.ByCountOrTime(maxBuffers: 2, TimeSpan.FromMilliseconds(50));

            Use(queue);
            Assert.Equal(0, _machine.Notifications);
            Use(queue);
            Assert.Equal(1, _machine.Notifications);
            Use(queue);
        });

        SpinWait.SpinUntil(() => _machine.Notifications == 2, Support.Shell.Patience);
        Assert.Equal(2, _machine.Notifications);
        Assert.Empty(_faults);
    }

    [Fact]
    public void What_a_device_writes_is_marked_for_whoever_copies_the_guest()
    {
        GuestMemory memory = _machine.Memory;
        ulong bytes = DirtyLog.BytesFor(Machine.Size);
        using OwnedFd marks = MemFd.Create("dirty", bytes);
        using DirtyLog log = DirtyLog.Map(marks, 0, bytes);
        VirtqueueSetup setup = _machine.Setup;
        setup = setup with { Log = new RingLog(log, memory, Buffers: true, Device: setup.Device) };
        VirtqueueError error = Virtqueue.TryCreate(setup, memory, out Virtqueue? queue);
        Assert.Equal(VirtqueueError.None, error);

        const ulong Page = 5;
        Assert.True(_machine.Driver.TryAdd(new DriverBuffer(new GuestAddress(Page * DirtyLog.PageBytes), 8), writable: true, token: 0));
        _machine.Driver.Publish();
        var batch = new ChainBatch(1, ChainDirection.Writable);
        Assert.Equal(1, queue!.Pop(batch));
        batch.Segments[0].Span.Fill(7);
        queue.Complete(batch, batch.Fill(8));
        queue.PublishAndNotify();

        var copied = new List<ulong>();
        void Copy(ulong page) => copied.Add(page);

        for (ulong first = 0; first < log.End / DirtyLog.PageBytes; first += 32)
        {
            for (uint left = log.Take(first); left != 0; left &= left - 1) // A page that is written to from here on is marked again.
            {
                Copy(first + (uint)System.Numerics.BitOperations.TrailingZeroCount(left));
            }
        }

        Assert.Equal([setup.Device.Value / DirtyLog.PageBytes, Page], copied);
    }

    public void Dispose()
    {
        _worker.Dispose();
        _machine.Dispose();
    }

    private void Add(uint length) => Assert.True(_machine.Driver.TryAdd(new DriverBuffer(new GuestAddress(1 << 16), length), writable: false, token: 0));

    /// <summary>The driver takes what it was given back, wants to hear of more, and gives a buffer that the device uses.</summary>
    private void Use(Virtqueue queue)
    {
        while (_machine.Driver.TryTakeUsed(out _))
        {
        }

        Assert.False(_machine.Driver.EnableNotifications());
        var batch = new ChainBatch(1, ChainDirection.Readable);
        Add(1);
        _machine.Driver.Publish();
        Assert.Equal(1, queue.Pop(batch));
        queue.Complete(batch, 1);
        queue.PublishAndNotify();
    }
}
