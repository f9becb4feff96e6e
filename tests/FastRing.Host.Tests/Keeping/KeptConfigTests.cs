using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Interop;

namespace FastRing.Host.Tests.Keeping;

public sealed class KeptConfigTests
{
    [Fact]
    public void A_worker_reads_what_the_last_one_left_however_often()
    {
        var config = new DaemonConfig(
            [
                new GuestConfig { SocketPath = "/tmp/a.sock", MaxPorts = 7, Console = "null", ConsoleSize = "80x24", EventIndex = false, Cpu = 1, LookUs = 100 },
                new GuestConfig { Name = "vm1", Fd = 9, Ports = [new PortConfig { Name = "p", Backend = "echo", Id = 3, Limits = new LimitsConfig { ToHost = new RateConfig { BytesPerSecond = 5 } } }] },
            ],
            new ApiConfig { Mode = "0660" },
            new SandboxConfig { Mode = "strict", User = "1000:1000", Folders = ["/tmp"] },
            new ConfigSource("/etc/guests.json", []))
        { SandboxOfFile = new SandboxConfig(), Metrics = new MetricsConfig { Listen = "9464", Latency = true }, MetricsOfFile = new MetricsConfig { Api = true } };
        using OwnedFd file = KeptConfig.Of(config, config.Guests, config.Api).ToFile();
        for (int i = 0; i < 2; i++)
        {
            DaemonConfig read = KeptConfig.Read(file).Daemon;
            Assert.Equal(2, read.Guests.Count);
            Assert.Equal(config.Guests[0], read.Guests[0] with { Ports = config.Guests[0].Ports });
            Assert.Equal(9, read.Guests[1].Fd);
            Assert.Equal(config.Guests[1].Ports.Single(), read.Guests[1].Ports.Single());
            Assert.Equal("0660", read.Api!.Mode);
            Assert.True(read.Sandbox.Says(config.Sandbox));
            Assert.Equal("/etc/guests.json", read.Source!.Path);
            Assert.NotNull(read.SandboxOfFile);
            Assert.Equal((config.Metrics, config.MetricsOfFile), (read.Metrics, read.MetricsOfFile));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    public void A_file_that_is_none_is_refused(string text)
    {
        using OwnedFd file = MemFd.Create("test", 0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Throws<UsageException>(() => KeptConfig.Read(file));
    }

    [Fact]
    public void No_one_changes_it_afterwards()
    {
        using OwnedFd file = new KeptConfig().ToFile();
        Assert.Equal(-Errno.EPERM, (int)file.Write([1]));
    }
}
