using FastRing.VhostUser.Backend;

namespace FastRing.Native.Handles;

/// <summary><c>fr_backend</c>, and the socket file that is its own.</summary>
internal sealed class BackendHandle(DeviceHandle device, VhostUserBackend backend, string? path) : NativeObject
{
    public DeviceHandle Device => device;

    public VhostUserBackend Backend => backend;

    public override HandleKind Kind => HandleKind.Backend;

    public void Close()
    {
        backend.Dispose();
        RemoveFile(path);
    }

    /// <summary>An abstract name goes with its socket.</summary>
    public static void RemoveFile(string? path)
    {
        if (path is not null && path[0] != '@')
        {
            File.Delete(path);
        }
    }
}
