using FastRing.Guest.Tests.Support;

namespace FastRing.Guest.Tests;

public sealed class GuestPortsTests : IDisposable
{
    private readonly FakeRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Ports_are_listed_by_number_with_their_names_and_files()
    {
        _root.Add("vport1p2", "org.example.c");
        _root.Add("vport0p10", "org.example.b");
        _root.Add("vport0p2", "org.example.a");
        _root.Add("vport0p0", null);

        Assert.Equal(
            [
                new GuestPort("", _root["dev/vport0p0"], 0, 0, null),
                new GuestPort("org.example.a", _root["dev/vport0p2"], 0, 2, null),
                new GuestPort("org.example.b", _root["dev/vport0p10"], 0, 10, null),
                new GuestPort("org.example.c", _root["dev/vport1p2"], 1, 2, null),
            ],
            _root.Ports.List());
    }

    [Theory]
    [InlineData("vport")]
    [InlineData("vport0")]
    [InlineData("vport0p")]
    [InlineData("vport0p-1")]
    [InlineData("vport0p1p2")]
    [InlineData("vport99999999999p1")]
    [InlineData("hvc0p1")]
    public void What_is_no_port_is_not_listed(string entry)
    {
        _root.Add(entry, "org.example.a");

        Assert.Empty(_root.Ports.List());
    }

    [Fact]
    public void A_port_without_a_file_is_not_listed()
    {
        _root.AddEntry("vport0p1");
        _root.AddName("vport0p1", "org.example.a");

        Assert.Empty(_root.Ports.List());
        Assert.Null(_root.Ports.Find("org.example.a"));
    }

    [Fact]
    public void A_guest_without_a_console_has_no_ports()
    {
        using FakeRoot bare = new(hasSys: false);

        Assert.Empty(bare.Ports.List());
        Assert.Null(bare.Ports.Find("org.example.a"));
    }

    [Fact]
    public void Without_sys_a_port_is_found_by_its_link()
    {
        using FakeRoot container = new(hasSys: false);
        container.AddFile("vport0p1");
        File.CreateSymbolicLink(container["dev/virtio-ports/org.example.a"], "../vport0p1");

        Assert.Equal(container["dev/virtio-ports/org.example.a"], container.Ports.Find("org.example.a")?.Path);
    }

    [Fact]
    public void A_link_that_udev_left_behind_is_not_believed()
    {
        _root.Add("vport0p1", "org.example.b");
        File.CreateSymbolicLink(_root["dev/virtio-ports/org.example.a"], "../vport0p1");

        Assert.Null(_root.Ports.Find("org.example.a"));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    public void Who_may_read_debugfs_is_told_whether_the_host_is_connected(string value, bool connected)
    {
        _root.Add("vport0p1", "org.example.a");
        _root.AddState("vport0p1", $"name: org.example.a\nguest_connected: 0\nhost_connected: {value}\noutvq_full: 0\n");

        Assert.Equal(connected, _root.Ports.Find("org.example.a")!.IsHostConnected);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public async Task A_name_no_port_can_have_is_refused(string name)
    {
        Assert.ThrowsAny<ArgumentException>(() => _root.Ports.Find(name));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _root.Ports.FindAsync(name, Timeout.InfiniteTimeSpan));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _root.Ports.OpenAsync(name, Timeout.InfiniteTimeSpan));
    }

    /// <summary>The host's name is no path: a hostile one must not lead out of /dev/virtio-ports.</summary>
    [Fact]
    public void A_name_with_slashes_leads_nowhere()
    {
        File.WriteAllText(_root["secret"], "");
        _root.AddEntry("vport0p1");
        _root.AddName("vport0p1", "../../secret");

        Assert.Empty(_root.Ports.List());
    }

    [Fact]
    public async Task A_port_is_found_when_file_and_name_come_one_after_the_other()
    {
        Task<GuestPort> found = _root.Ports.FindAsync("org.example.late", Timeout.InfiniteTimeSpan);
        _root.Add("vport0p1", "org.example.other");
        _root.AddEntry("vport0p2");
        await Task.Delay(50);
        _root.AddFile("vport0p2");
        await Task.Delay(50);
        Assert.False(found.IsCompleted);

        _root.AddName("vport0p2", "org.example.late");

        Assert.Equal(2, (await found.Soon()).Number);
    }

    [Fact]
    public async Task A_port_that_does_not_appear_is_named_in_the_error()
    {
        TimeoutException e = await Assert.ThrowsAsync<TimeoutException>(() => _root.Ports.FindAsync("org.example.never", TimeSpan.FromMilliseconds(30)));
        Assert.Contains("org.example.never", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TimeoutException>(() => _root.Ports.OpenAsync("org.example.never", TimeSpan.Zero));
    }

    [Fact]
    public async Task Waiting_for_a_port_can_be_cancelled()
    {
        using CancellationTokenSource stop = new();
        Task<GuestPort> found = _root.Ports.FindAsync("org.example.never", Timeout.InfiniteTimeSpan, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => found.Soon());
    }

    [Fact]
    public void Opening_what_is_gone_says_so()
    {
        var port = new GuestPort("org.example.a", _root["dev/vport0p9"], 0, 9, null);

        PortRemovedException e = Assert.Throws<PortRemovedException>(port.Open);
        Assert.Contains("org.example.a", e.Message, StringComparison.Ordinal);
    }
}
