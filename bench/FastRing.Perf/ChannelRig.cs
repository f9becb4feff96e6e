using System.Net;
using System.Net.Sockets;
using FastRing.Host.Guests;
using FastRing.Qemu;

namespace FastRing.Perf;

/// <summary>One QEMU guest with all of the devices that are compared, a user-mode Linux guest, and the daemons of both.</summary>
internal sealed class ChannelRig : IAsyncDisposable
{
    private const string VcpuThreads = "CPU ";
    private const string OwnPort = "fastring";
    private const string CardPort = "card";
    private const string PeerPort = "qemu";
    private const string ForwardedAddress = "10.0.2.100";
    private const string HostAddress = "10.0.2.2";
    private const int ForwardedPort = 1234;

    private static string Program => Environment.GetEnvironmentVariable("FASTRING_PROGRAM") ?? FastRingProgram.Built;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly List<FastRingProgram> _daemons = [];
    private readonly string _version;
    private QemuGuest? _qemu;
    private UmlGuest? _uml;

    private ChannelRig(string version) => _version = version;

    /// <summary>FastRing under QEMU.</summary>
    public ByteChannel Own => Channels[0];

    /// <summary>QEMU's own device, which the others are compared with.</summary>
    public ByteChannel Peer => Channels[1];

    public List<ByteChannel> Channels { get; } = [];

    /// <summary>Boots both guests.</summary>
    /// <param name="serveOptions">More options of <c>fastring serve</c>.</param>
    /// <exception cref="GuestException">Something that is needed is missing or does not start; the message says what.</exception>
    public static async Task<ChannelRig> StartAsync(string[] serveOptions)
    {
        QemuPackages packages = await QemuPackages.PrepareAsync(Progress.Say);
        GuestRoot root = await GuestRoot.PrepareAsync(await GuestPackages.FindAsync());
        var rig = new ChannelRig(await packages.VersionAsync());
        try
        {
            FastRingProgram qemuDaemon = rig.Serve("qemu", serveOptions);
            FastRingProgram cardDaemon = rig.ServeCard(serveOptions);
            FastRingProgram umlDaemon = rig.Serve("uml", serveOptions);
            await rig.BootAsync(packages, root);
            await rig.AddQemuChannelsAsync(qemuDaemon, cardDaemon);
            await rig.AddUmlChannelAsync(umlDaemon);
            rig.Channels.Add(new SocketPairChannel());
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>What is compared on what.</summary>
    public async Task<string> DescribeAsync()
    {
        CommandResult release = await _qemu!.RunAsync("uname -r", ChannelTransfer.Patience);
        CommandResult other = await _uml!.RunAsync("uname -r", ChannelTransfer.Patience);
        return $"{_version} (TCG), guest Linux {release.Output.Trim()}; user-mode Linux {other.Output.Trim()}";
    }

    public async ValueTask DisposeAsync()
    {
        Channels.OfType<IDisposable>().ToList().ForEach(c => c.Dispose());
        await (_qemu?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_uml?.DisposeAsync() ?? ValueTask.CompletedTask);
        _daemons.ForEach(d => d.Dispose());
        _folder.Delete(recursive: true);
    }

    private FastRingProgram Serve(string guest, string[] options)
    {
        string socket = In($"{guest}-vmm.sock");
        return Add(FastRingProgram.Serve(Program, socket, ["--socket-path", socket, .. Ports(guest, OwnPort), .. options]));
    }

    private FastRingProgram ServeCard(string[] options)
    {
        string socket = In("card-vmm.sock");
        return Add(FastRingProgram.ServeCard(Program, socket, ["--vfio-user", socket, .. Ports("card", CardPort), .. options]));
    }

    private FastRingProgram Add(FastRingProgram daemon)
    {
        _daemons.Add(daemon);
        return daemon;
    }

    private string[] Ports(string guest, string port) => ["--max-ports", "2", "--port", $"{port}=unix:{In($"{guest}-port.sock")}"];

    private async Task BootAsync(QemuPackages packages, GuestRoot root)
    {
        _qemu = await QemuGuest.StartAsync(packages, new QemuGuestOptions { Devices = Devices(), WaitPorts = [OwnPort, CardPort, PeerPort] });
        _uml = UmlGuest.Start(root, new UmlGuestOptions { DeviceSockets = [In("uml-vmm.sock")], WaitPorts = [OwnPort], RunAgent = false, LoggedInUser = null });
        await _qemu.WaitReadyAsync(ChannelTransfer.Patience);
        await _uml.WaitReadyAsync(ChannelTransfer.Patience);
    }

    /// <summary>Queues of QEMU's own device have 128 buffers too. Linux numbers virtio devices by their places on the bus.</summary>
    private string[] Devices() =>
    [
        "-chardev", $"socket,id=vu,path={In("qemu-vmm.sock")}",
        "-device", "vhost-user-test-device-pci,chardev=vu,virtio-id=3,num_vqs=6,vq_size=128,config_size=12,addr=4",
        "-chardev", Listening("port"), "-device", "virtio-serial-pci,max_ports=3,addr=5", "-device", $"virtserialport,chardev=port,name={PeerPort}",
        "-chardev", Listening("line"), "-device", "isa-serial,chardev=line,index=1",
        "-chardev", Listening("forward"), "-netdev", $"user,id=net,guestfwd=tcp:{ForwardedAddress}:{ForwardedPort}-chardev:forward",
        "-device", "virtio-net-pci,netdev=net,romfile=,addr=6",
        "-device", $$$"""{"driver":"vfio-user-pci","addr":"7","socket":{"type":"unix","path":"{{{In("card-vmm.sock")}}}"}}""",
    ];

    private async Task AddQemuChannelsAsync(FastRingProgram daemon, FastRingProgram card)
    {
        await AddAsync(Qemu("FastRing", OnPort(OwnPort), "virtio0", daemon), "qemu-port.sock");
        await AddAsync(Qemu("QEMU's virtio-serial", OnPort(PeerPort), "virtio1"), "port.sock");
        await AddAsync(Qemu("FastRing, vfio-user", OnPort(CardPort), "virtio3", card), "card-port.sock");
        await AddAsync(Qemu("isa-serial", On("/dev/ttyS1", "stty -F /dev/ttyS1 raw -echo; "), null), "line.sock");
        await AddAsync(Qemu("slirp's guestfwd", OnTcp(ForwardedAddress, ForwardedPort), "virtio2"), "forward.sock");
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        GuestChannel tcp = Qemu("TCP over user networking", OnTcp(HostAddress, ((IPEndPoint)listener.LocalEndPoint!).Port), "virtio2");
        tcp.Accept(listener);
        Channels.Add(tcp);
    }

    private async Task AddUmlChannelAsync(FastRingProgram daemon)
    {
        var channel = new GuestChannel("FastRing, user-mode Linux", command => _uml!.RunAsync(command, ChannelTransfer.Patience), OnPort(OwnPort))
        {
            Spent = () => ProcessorTime.SecondsOf(daemon.ProcessId),
        };
        await AddAsync(channel, "uml-port.sock");
    }

    private async Task AddAsync(GuestChannel channel, string socket)
    {
        Channels.Add(channel);
        await channel.ConnectAsync(In(socket));
    }

    private GuestChannel Qemu(string name, Func<string, string> wrap, string? interrupts, FastRingProgram? daemon = null) =>
        new(name, command => _qemu!.RunAsync(command, ChannelTransfer.Patience), wrap)
        {
            Interrupts = interrupts,
            Spent = () => ProcessorTime.SecondsOf(_qemu!.ProcessId, VcpuThreads) + (daemon is null ? 0 : ProcessorTime.SecondsOf(daemon.ProcessId)),
        };

    private static Func<string, string> OnPort(string name) => On($"/dev/virtio-ports/{name}");

    private static Func<string, string> On(string device, string first = "") => command => $"{first}{{ {command}; }} <>{device} >&0";

    private static Func<string, string> OnTcp(string address, int port) => command => $"nc {address} {port} -e sh -c '{command}'";

    private string Listening(string name) => $"socket,id={name},path={In($"{name}.sock")},server=on,wait=off";

    private string In(string file) => Path.Combine(_folder.FullName, file);
}
