namespace FastRing.Guest.Tests.Support;

/// <summary>A folder with the parts of /sys and /dev that tell of ports.</summary>
internal sealed class FakeRoot : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("fastring-guest-tests-");

    public FakeRoot(bool hasSys = true)
    {
        Directory.CreateDirectory(this["dev/virtio-ports"]);
        if (hasSys)
        {
            Directory.CreateDirectory(this["sys/class/virtio-ports"]);
        }

        Ports = new GuestPorts(_root.FullName);
    }

    public GuestPorts Ports { get; }

    public string this[string path] => Path.Combine(_root.FullName, path);

    public void AddFile(string device) => File.WriteAllText(this[$"dev/{device}"], "");

    public void AddEntry(string device) => Directory.CreateDirectory(this[$"sys/class/virtio-ports/{device}"]);

    public void AddName(string device, string name) => File.WriteAllText(this[$"sys/class/virtio-ports/{device}/name"], name + "\n");

    public void Add(string device, string? name)
    {
        AddFile(device);
        AddEntry(device);
        if (name is not null)
        {
            AddName(device, name);
        }
    }

    public void AddState(string device, string text)
    {
        Directory.CreateDirectory(this["sys/kernel/debug/virtio-ports"]);
        File.WriteAllText(this[$"sys/kernel/debug/virtio-ports/{device}"], text);
    }

    public void Dispose() => _root.Delete(recursive: true);
}
