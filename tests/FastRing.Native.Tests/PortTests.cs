using System.Diagnostics;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Native.Tests.Support;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.Native.Tests;

/// <summary>Ports of a C program, with FastRing's own driver as their guest over vhost-user.</summary>
public sealed class PortTests
{
    [Theory]
    [InlineData("callbacks")]
    [InlineData("fd")]
    public async Task What_a_guest_writes_comes_back_unharmed(string port)
    {
        await using CHost host = await CHost.StartAsync();
        using (CGuest guest = host.Connect())
        {
            guest.Echo(port, 4 << 20);
        }

        await host.EndAsync();
    }

    [Fact]
    public async Task Nothing_is_allocated_while_callbacks_carry_bytes()
    {
        await using CHost host = await CHost.StartAsync();
        using CGuest guest = host.Connect();
        guest.Echo("callbacks", 4 << 20);

        Dictionary<string, long> before = await host.StatsAsync();
        guest.Echo("callbacks", 32 << 20);
        Dictionary<string, long> after = await host.StatsAsync();

        Assert.Equal(32 << 20, after["to_host"] - before["to_host"]);
        Assert.Equal(32 << 20, after["to_guest"] - before["to_guest"]);
        Assert.Equal(0, after["collections"] - before["collections"]);
        Assert.Equal(before["allocated"], after["allocated"]);
    }

    [Fact]
    public async Task The_program_opens_and_closes_its_side_and_takes_the_port_away()
    {
        await using CHost host = await CHost.StartAsync();
        using CGuest guest = host.Connect();
        DriverPort port = guest.Open("callbacks");
        guest.Echo("callbacks", 100);
        Assert.Equal(1, (await host.StatsAsync())["opens"]);

        Assert.Equal("closed", await host.AskAsync("close"));
        guest.Until(() => !port.IsHostOpen);
        Assert.Equal("opened", await host.AskAsync("open"));
        guest.Until(() => port.IsHostOpen);
        guest.Echo("callbacks", 100);
        Assert.Equal("removed", await host.AskAsync("remove"));
        guest.Until(() => port.IsRemoved);
    }

    [Fact]
    public async Task A_callback_that_claims_more_than_there_is_loses_its_port_only()
    {
        await using CHost host = await CHost.StartAsync();
        using CGuest guest = host.Connect();
        DriverPort port = guest.Open("liar");
        Assert.Equal(5, port.TryWrite("bytes"u8));
        guest.Until(() => !port.IsHostOpen);
        guest.Echo("callbacks", 1 << 20);

        string log = await host.AskAsync("log");
        Assert.Contains("'liar'", log, StringComparison.Ordinal);
        Assert.Contains("more than there are", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_and_a_terminals_size_change_while_a_guest_is_there()
    {
        await using CHost host = await CHost.StartAsync();
        using CGuest guest = host.Connect();
        Assert.Equal("limited", await host.AskAsync("limit"));
        guest.Echo("callbacks", 1 << 20);

        DriverPort console = guest.Open("");
        Assert.Equal("resized", await host.AskAsync("resize"));
        guest.Until(() => console.Size == new Console.ConsoleSize(100, 40));
    }

    [Fact]
    public async Task A_device_goes_on_with_the_state_of_another()
    {
        await using CHost host = await CHost.StartAsync();
        using CGuest guest = host.Connect();
        guest.Open("callbacks");
        guest.Echo("callbacks", 100);
        Assert.Equal("busy", await host.AskAsync("busy"));

        guest.Stop();

        Assert.Equal("moved driver_ready 1 guest_open 1 opens 1", await host.AskAsync("move"));
    }

    /// <summary>The program C/ports.c.</summary>
    private sealed class CHost : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder;
        private readonly Process _process;

        private CHost(TemporaryFolder folder, Process process) => (_folder, _process) = (folder, process);

        public static async Task<CHost> StartAsync()
        {
            var folder = new TemporaryFolder();
            string program = await CProgram.CompileAsync("ports", folder);
            var host = new CHost(folder, Shell.Start(program, [folder["vm.sock"]]));
            Assert.Equal("serving", await host.LineAsync());
            return host;
        }

        public CGuest Connect() => new(_folder["vm.sock"]);

        /// <summary>One line in, one line out.</summary>
        public async Task<string> AskAsync(string command)
        {
            await _process.StandardInput.WriteLineAsync(command);
            return await LineAsync();
        }

        /// <summary>Names and numbers by turns.</summary>
        public async Task<Dictionary<string, long>> StatsAsync() =>
            (await AskAsync("stats")).Split(' ').Chunk(2).ToDictionary(pair => pair[0], pair => long.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture));

        /// <summary>It takes everything down, in order, and has nothing left.</summary>
        public async Task EndAsync()
        {
            _process.StandardInput.Close();
            Assert.Equal("ok", await LineAsync());
            await _process.WaitForExitAsync().WaitAsync(Shell.Patience);
            Assert.Equal(0, _process.ExitCode);
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _folder.Dispose();
        }

        private async Task<string> LineAsync()
        {
            string? line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Shell.Patience);
            return line ?? throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());
        }
    }

    /// <summary>Its guest.</summary>
    private sealed class CGuest : IDisposable
    {
        private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;
        private readonly FrontendSession _session;
        private readonly ConsoleDriver _driver;

        public CGuest(string socket)
        {
            _session = new FrontendSession(VhostUserFrontend.Connect(socket), memoryBytes: 16UL << 20, Features);
            _driver = new ConsoleDriver(_session, maxPorts: 4);
            _driver.Start();
        }

        /// <summary>Opens a port as soon as the host's side is.</summary>
        public DriverPort Open(string name)
        {
            Until(() => _driver.FindPort(name) is { IsHostOpen: true });
            DriverPort port = _driver.FindPort(name)!;
            if (!port.IsOpen)
            {
                port.Open();
            }

            return port;
        }

        /// <summary>Writes random bytes and expects them back.</summary>
        public void Echo(string name, int bytes)
        {
            DriverPort port = Open(name);
            byte[] sent = new byte[bytes];
            byte[] received = new byte[bytes];
            new Random(bytes).NextBytes(sent);
            int written = 0;
            int read = 0;
            while (read < bytes)
            {
                int more = port.TryWrite(sent.AsSpan(written));
                int got = port.TryRead(received.AsSpan(read));
                written += more;
                read += got;
                if (more + got == 0)
                {
                    Wait();
                }
            }

            Assert.True(sent.AsSpan().SequenceEqual(received), "other bytes came back");
        }

        public void Until(Func<bool> condition)
        {
            while (!condition())
            {
                Wait();
            }
        }

        /// <summary>Stops all rings, as a VMM that saves its guest does; the connection stays.</summary>
        public void Stop()
        {
            for (int queue = 0; queue < QueueMap.QueueCount(4); queue++)
            {
                _session.Frontend.GetVringBase(queue);
            }
        }

        public void Dispose()
        {
            _driver.Dispose();
            _session.Dispose();
        }

        private void Wait()
        {
            Assert.True(_driver.Wait(Shell.Patience), "the device did nothing");
            _driver.Poll();
        }
    }
}
