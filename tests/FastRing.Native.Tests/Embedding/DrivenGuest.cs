using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.Native.Tests.Embedding;

/// <summary>A console device without ports, and a driver that has it over a vhost-user connection of this process.</summary>
internal sealed class DrivenGuest : IDisposable
{
    private const int BufferBytes = 4096;
    private const int MaxPorts = 2;

    private readonly Worker _worker;
    private readonly VhostUserBackend _backend;
    private readonly FrontendSession _session;
    private readonly ConsoleDriver _driver;

    public DrivenGuest()
    {
        string path = $"@fastring-embedding-{Guid.NewGuid()}";
        _worker = new Worker("driven", fault => Assert.Fail(fault.ToString()));
        Device = new ConsoleDevice(_worker, new ConsoleOptions { MaxPorts = MaxPorts });
        Device.StartAsync().GetAwaiter().GetResult();
        _backend = new VhostUserBackend(_worker, Device, UnixSocket.Listen(path), "driven");
        _backend.Start();
        _session = new FrontendSession(VhostUserFrontend.Connect(path), memoryBytes: 8 << 20, Device.Features);
        _driver = new ConsoleDriver(_session, MaxPorts, new DriverBuffers(ReceiveCount: 4, BufferBytes, TransmitCount: 8, BufferBytes));
        _driver.Start();
    }

    public ConsoleDevice Device { get; }

    public DriverPort Open(string name)
    {
        DriverPort? port = null;
        Until(() => (port = _driver.FindPort(name)) is { IsHostOpen: true });
        port!.Open();
        return port;
    }

    /// <summary>Until nothing more is taken, and the device has nothing to do.</summary>
    public long WriteUntilFull(DriverPort port)
    {
        long sent = 0;
        for (int refused = 0; refused < 100; refused++)
        {
            for (int taken; (taken = port.TryWrite(new byte[BufferBytes])) > 0; refused = 0)
            {
                sent += taken;
            }

            _worker.InvokeAsync(() => { }).GetAwaiter().GetResult();
        }

        return sent;
    }

    public void Read(DriverPort port, int count)
    {
        byte[] buffer = new byte[BufferBytes];
        Until(() => (count -= port.TryRead(buffer)) == 0);
    }

    public void Dispose()
    {
        _driver.Dispose();
        _session.Dispose();
        _backend.Dispose();
        Device.Dispose();
        _worker.Dispose();
    }

    private void Until(Func<bool> isSo)
    {
        long end = Environment.TickCount64 + (long)Support.Shell.Patience.TotalMilliseconds;
        while (!isSo())
        {
            Assert.True(Environment.TickCount64 < end, "it never came about");
            _driver.Wait(TimeSpan.FromMilliseconds(100));
            _driver.Poll();
        }
    }
}
