namespace FastRing.Interop.Sandbox;

/// <summary>What may be done with files: LANDLOCK_ACCESS_FS_* of landlock(7). Rights on a folder are rights on all that lies below it.</summary>
[Flags]
public enum LandlockAccess : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Running a file.</summary>
    Execute = 1,

    /// <summary>Opening a file for writing.</summary>
    WriteFile = 1 << 1,

    /// <summary>Opening a file for reading.</summary>
    ReadFile = 1 << 2,

    /// <summary>Opening or listing a folder.</summary>
    ReadFolder = 1 << 3,

    /// <summary>Removing or renaming an empty folder.</summary>
    RemoveFolder = 1 << 4,

    /// <summary>Unlinking or renaming a file.</summary>
    RemoveFile = 1 << 5,

    /// <summary>Making a character device.</summary>
    MakeCharacterDevice = 1 << 6,

    /// <summary>Making a folder.</summary>
    MakeFolder = 1 << 7,

    /// <summary>Making a regular file, or giving one another name.</summary>
    MakeFile = 1 << 8,

    /// <summary>Binding a unix socket.</summary>
    MakeSocket = 1 << 9,

    /// <summary>Making a FIFO.</summary>
    MakeFifo = 1 << 10,

    /// <summary>Making a block device.</summary>
    MakeBlockDevice = 1 << 11,

    /// <summary>Making a symbolic link.</summary>
    MakeLink = 1 << 12,

    /// <summary>Moving a file to another folder. From ABI 2 on; before, always refused.</summary>
    Refer = 1 << 13,

    /// <summary>Truncating a file by its name or as it is opened. From ABI 3 on; before, not looked at.</summary>
    Truncate = 1 << 14,

    /// <summary>ioctl on a device opened from now on. From ABI 5 on; before, not looked at.</summary>
    ControlDevice = 1 << 15,

    /// <summary>Reading files and folders.</summary>
    Read = ReadFile | ReadFolder,
}
