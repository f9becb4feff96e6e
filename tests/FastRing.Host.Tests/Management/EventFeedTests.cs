using FastRing.Host.Management;
using FastRing.Host.Management.Contract;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Management;

/// <summary>Events for readers of any pace.</summary>
public sealed class EventFeedTests
{
    [Fact]
    public async Task Events_are_numbered_from_one_and_read_from_any_of_them()
    {
        await using var feed = new EventFeed();
        await TellAsync(feed, "vm0", 5);

        Assert.Equal([1, 2, 3, 4, 5], Read(feed, 0).Select(r => r.Number));
        Assert.Equal([4, 5], Read(feed, 3).Select(r => r.Number));
        Assert.Empty(Read(feed, 5));
    }

    [Fact]
    public async Task A_reader_that_falls_behind_goes_on_with_the_oldest_that_is_kept()
    {
        await using var feed = new EventFeed();
        const int More = 10;
        await TellAsync(feed, "vm0", EventFeed.Kept + More);

        List<EventRecord> read = Read(feed, 1);
        Assert.Equal(EventFeed.Kept, read.Count);
        Assert.Equal(More + 1, read[0].Number);
        Assert.Equal(EventFeed.Kept + More, read[^1].Number);
    }

    [Fact]
    public async Task Events_that_came_faster_than_they_can_be_recorded_are_seen_by_the_numbers()
    {
        const int Count = 100_000;
        await using var feed = new EventFeed();
        for (int i = 0; i < Count; i++)
        {
            feed.Tell("vm0", "connected");
        }

        feed.Tell("vm0", "disconnected");
        await Eventually.IsAsync(() => Read(feed, 0) is [.., { Kind: "disconnected" }], "the last event");
        Assert.Equal(Count + 1, feed.Last);
        Assert.True(Read(feed, 0).Count <= EventFeed.Kept);
    }

    [Fact]
    public async Task A_number_of_another_daemons_life_means_all_there_is()
    {
        await using var feed = new EventFeed();
        await TellAsync(feed, "vm0", 3);
        Assert.Equal([1, 2, 3], Read(feed, 4711).Select(r => r.Number));
    }

    [Fact]
    public async Task One_guests_events_can_be_read_alone_and_the_rest_is_not_looked_at_again()
    {
        await using var feed = new EventFeed();
        await TellAsync(feed, "vm0", 2);
        await TellAsync(feed, "vm1", 2);
        var records = new List<EventRecord>();
        (long last, Task more) = feed.Read(0, "vm0", records);
        Assert.Equal([1, 2], records.Select(r => r.Number));
        Assert.Equal(4, last);
        Assert.False(more.IsCompleted);
        feed.Tell("vm1", "connected");
        await more.WaitAsync(Eventually.Patience);
    }

    private static List<EventRecord> Read(EventFeed feed, long after)
    {
        var records = new List<EventRecord>();
        feed.Read(after, null, records);
        return records;
    }

    private static async Task TellAsync(EventFeed feed, string guest, int count)
    {
        for (int i = 0; i < count; i++)
        {
            long last = feed.Last;
            feed.Tell(guest, "connected");
            if (i % 256 == 255 || i == count - 1)
            {
                await Eventually.IsAsync(() => feed.Last >= last + 1 && Read(feed, 0).Count > 0, "a record");
                await Eventually.IsAsync(() => feed.Last >= i + 1, "all records");
            }
        }
    }
}
