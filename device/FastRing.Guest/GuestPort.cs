using FastRing.Interop;

namespace FastRing.Guest;

/// <summary>A port of a virtio console as this guest's kernel shows it at one moment.</summary>
/// <param name="Name">The name the host gave it, or empty: the host gave none, or has not told it yet. It is the host's text: check it before it reaches a terminal.</param>
/// <param name="Path">The file to open, such as /dev/vport0p1.</param>
/// <param name="DeviceIndex">Which console device, counted from 0: the 0 of vport0p1.</param>
/// <param name="Number">Its number on that device: the 1 of vport0p1.</param>
/// <param name="IsHostConnected">Whether somebody is at the host's end; null when it cannot be told (only root can, where debugfs is mounted).</param>
public sealed record GuestPort(string Name, string Path, int DeviceIndex, int Number, bool? IsHostConnected)
{
    /// <summary>Opens the port; the host is told. A port has one opener at a time.</summary>
    /// <exception cref="PortBusyException">Somebody else has it open.</exception>
    /// <exception cref="PortRemovedException">It is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">The file's permissions do not let this user.</exception>
    /// <exception cref="IOException">Anything else; a console's port (ENXIO) belongs to the kernel's terminal hvc.</exception>
    public GuestChannel Open()
    {
        OwnedFd fd;
        try
        {
            fd = OwnedFd.OpenDevice(Path);
        }
        catch (LinuxException e)
        {
            throw Explained(e);
        }

        return GuestChannel.Over(fd, Name.Length > 0 ? Name : Path);
    }

    private Exception Explained(LinuxException e) => e.Errno switch
    {
        Errno.EBUSY => new PortBusyException($"{this} is already open: a port has one opener at a time"),
        Errno.EACCES or Errno.EPERM => new UnauthorizedAccessException($"no permission to open {this}", e),
        Errno.ENODEV or Errno.ENOENT => new PortRemovedException($"{this} is gone"),
        Errno.ENXIO => new IOException($"{this} is a console, or is gone", e),
        _ => e,
    };

    /// <summary>Name and file, for messages.</summary>
    public override string ToString() => Name.Length > 0 ? $"port '{Name}' ({Path})" : $"the port {Path}";
}
