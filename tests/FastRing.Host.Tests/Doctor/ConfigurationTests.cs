using FastRing.Host.Doctor;
using FastRing.Host.Serving;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Doctor;

/// <summary>What doctor says of what a configuration asks of a machine.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly FakeMachine _machine = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _machine.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_guest_that_polls_on_an_isolated_processor_is_as_it_should_be()
    {
        _machine.SetOfProcessors("isolated", "2-3\n");
        Assert.DoesNotContain(_machine.Examine(Guest("a", "poll", 2)), f => f.IsWrong);
        _machine.SetOfProcessors("isolated", "\n");
        _machine.SetOfProcessors("nohz_full", "2\n");
        Assert.DoesNotContain(_machine.Examine(Guest("a", "poll", 2)), f => f.IsWrong);
        Assert.DoesNotContain(_machine.Examine(Guest("a", "sleep", null), Guest("b", "adaptive", 1)), f => f.IsWrong);
    }

    [Fact]
    public void A_guest_that_polls_where_others_run_is_slow()
    {
        _machine.SetOfProcessors("isolated", "3\n");
        AssertOnly("a polls on processor 2, which anything may run on", Guest("a", "poll", 2));
        AssertOnly("a polls on any processor", Guest("a", "poll", null));
    }

    [Fact]
    public void Two_workers_on_one_processor_of_which_one_polls_are_slow()
    {
        _machine.SetOfProcessors("isolated", "2-3\n");
        AssertOnly("a polls on processor 2; b has 2", Guest("a", "poll", 2), Guest("b", "sleep", 2));
        Assert.DoesNotContain(_machine.Examine(Guest("a", "poll", 2), Guest("b", "poll", 2)), f => f.IsWrong); // They share a worker.
    }

    [Fact]
    public void Two_workers_on_one_core_of_which_one_polls_are_slow()
    {
        _machine.SetOfProcessors("isolated", "2-3\n");
        _machine.SetOfProcessors("topology/thread_siblings_list", i => i < 2 ? "0-1\n" : "2-3\n");
        AssertOnly("a polls on processor 2; b has 3", Guest("a", "poll", 2), Guest("b", "sleep", 3));
        Assert.DoesNotContain(_machine.Examine(Guest("a", "poll", 2), Guest("b", "sleep", 1)), f => f.IsWrong);
    }

    [Fact]
    public void Guests_that_poll_on_every_processor_leave_none_for_themselves()
    {
        _machine.SetOfProcessors("isolated", "0-3\n");
        AssertOnly("4 guests poll for ever on 4 processors", [.. Enumerable.Range(0, 4).Select(i => Guest($"vm{i}", "poll", i))]);
        Assert.DoesNotContain(_machine.Examine([.. Enumerable.Range(0, 3).Select(i => Guest($"vm{i}", "poll", i))]), f => f.IsWrong);
    }

    [Fact]
    public void A_guest_that_polls_on_either_of_two_caches_is_slow()
    {
        _machine.SetOfProcessors("cache/index3/shared_cpu_list", i => i < 2 ? "0-1\n" : "2-3\n");
        AssertOnly("a polls on any of 0-1 and 2-3, which share no cache", Guest("a", "adaptive", null));
        Finding tied = Assert.Single(_machine.Examine(Guest("a", "adaptive", 3)), f => f.Check == "caches");
        Assert.Equal((FindingState.Ok, "a polls on 3: its virtual processors belong on 2-3, which share a cache with it"), (tied.State, tied.Seen));
        Assert.DoesNotContain(_machine.Examine(Guest("a", "sleep", null)), f => f.Check == "caches");
    }

    [Fact]
    public void Guests_that_need_more_open_files_than_there_are_fail()
    {
        _machine["proc/self/limits"] = "Max open files            799                  799                  files\n";
        Assert.DoesNotContain(_machine.Examine(Guest("a", "sleep", null)), f => f.IsWrong);
        Finding few = Assert.Single(_machine.Examine(Guest("a", "sleep", null), Guest("b", "sleep", null)), f => f.IsWrong);
        Assert.Equal(("open-files", FindingState.Fails, "may have 799, needs up to 800"), (few.Check, few.State, few.Seen));
        _machine["proc/self/limits"] = "Max open files            unlimited            unlimited            files\n";
        Assert.DoesNotContain(_machine.Examine(Guest("a", "sleep", null), Guest("b", "sleep", null)), f => f.IsWrong);
    }

    [Theory]
    [InlineData(0x1C9 /* 0711 */, nameof(FindingState.Ok))]
    [InlineData(0x1FF /* 0777 */, nameof(FindingState.Fragile))]
    [InlineData(0x3FF /* 1777 */, nameof(FindingState.Fragile))]
    public void A_folder_that_others_may_put_sockets_into_is_fragile(int mode, string expected)
    {
        File.SetUnixFileMode(Directory.CreateDirectory(_folder["run"]).FullName, (UnixFileMode)mode);
        Finding found = Folder(new GuestConfig { SocketPath = _folder["run/vm.sock"] });
        Assert.Equal(expected, found.State.ToString());
        Assert.Contains(_folder["run"], found.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_fails_whoever_has_a_socket_in_it()
    {
        Finding found = _machine.Examine(Guest("a", "sleep", null) with { Ports = [new PortConfig { Name = "p", Backend = $"hub:{_folder["gone/p.sock"]}" }] }).Single(f => f.IsWrong);
        Assert.Equal(("socket-folder", FindingState.Fails, $"{_folder["gone"]} is not there"), (found.Check, found.State, found.Seen));
    }

    private GuestConfig Guest(string name, string wait, int? cpu) => new() { Name = name, SocketPath = _folder[$"{name}.sock"], Wait = wait, Cpu = cpu };

    private Finding Folder(GuestConfig guest) => Assert.Single(_machine.Examine(guest), f => f.Check == "socket-folder");

    private void AssertOnly(string seen, params GuestConfig[] guests)
    {
        Finding finding = Assert.Single(_machine.Examine(guests), f => f.IsWrong && f.Check is "polling" or "caches");
        Assert.Equal((FindingState.Slow, seen), (finding.State, finding.Seen));
    }
}
