using System.Globalization;
using System.Text;

namespace FastRing.Qemu;

/// <summary>Writes an archive that Linux takes as its initial root (Documentation/driver-api/early-userspace/buffer-format.rst, "newc").</summary>
internal sealed class CpioArchive(Stream output)
{
    private const int Alignment = 4;
    private const uint Folder = 0x41ED;     // 040755
    private const uint Executable = 0x81ED; // 0100755
    private const uint Link = 0xA1FF;       // 0120777
    private const string Trailer = "TRAILER!!!";

    private uint _inode;

    public void AddFolder(string path) => Add(path, Folder, []);

    public void AddExecutable(string path, ReadOnlySpan<byte> content) => Add(path, Executable, content);

    public void AddLink(string path, string target) => Add(path, Link, Encoding.UTF8.GetBytes(target));

    /// <summary>Nothing comes after this.</summary>
    public void End() => Add(Trailer, 0, []);

    private void Add(string path, uint mode, ReadOnlySpan<byte> content)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + "\0");

        // inode, mode, uid, gid, links, time, size, device, device, its own device, its own device, length of the name, checksum
        uint[] fields = [++_inode, mode, 0, 0, 1, 0, (uint)content.Length, 0, 0, 0, 0, (uint)name.Length, 0];
        byte[] header = Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(f => f.ToString("X8", CultureInfo.InvariantCulture))));
        output.Write(header);
        output.Write(name);
        Pad(header.Length + name.Length);
        output.Write(content);
        Pad(content.Length);
    }

    private void Pad(int written) => output.Write(new byte[-written & (Alignment - 1)]);
}
