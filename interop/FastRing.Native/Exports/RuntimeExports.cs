using System.Runtime.InteropServices;
using FastRing.Native.Callbacks;
using FastRing.Native.Handles;
using FastRing.Native.Layout;
using Microsoft.Extensions.Logging;

namespace FastRing.Native.Exports;

/// <summary>The library itself: versions, errors, log.</summary>
internal static unsafe class RuntimeExports
{
    /// <summary>What the header calls FR_ABI_MAJOR and FR_ABI_MINOR.</summary>
    public const uint Major = 1;
    public const uint Minor = 1;

    [UnmanagedCallersOnly(EntryPoint = "fr_abi_version")]
    public static uint AbiVersion() => (Major << 16) | Minor;

    [UnmanagedCallersOnly(EntryPoint = "fr_version")]
    public static byte* Version() => Static("0.1.0\0"u8);

    [UnmanagedCallersOnly(EntryPoint = "fr_error_name")]
    public static byte* ErrorName(int error) => Static((ErrorCode)error switch
    {
        ErrorCode.Ok => "FR_OK\0"u8,
        ErrorCode.Argument => "FR_ERR_ARGUMENT\0"u8,
        ErrorCode.Handle => "FR_ERR_HANDLE\0"u8,
        ErrorCode.Size => "FR_ERR_SIZE\0"u8,
        ErrorCode.Thread => "FR_ERR_THREAD\0"u8,
        ErrorCode.Reentrant => "FR_ERR_REENTRANT\0"u8,
        ErrorCode.State => "FR_ERR_STATE\0"u8,
        ErrorCode.Broken => "FR_ERR_BROKEN\0"u8,
        ErrorCode.System => "FR_ERR_SYSTEM\0"u8,
        ErrorCode.Timeout => "FR_ERR_TIMEOUT\0"u8,
        ErrorCode.Space => "FR_ERR_SPACE\0"u8,
        ErrorCode.Limit => "FR_ERR_LIMIT\0"u8,
        ErrorCode.NoMemory => "FR_ERR_NO_MEMORY\0"u8,
        ErrorCode.Internal => "FR_ERR_INTERNAL\0"u8,
        _ => "?\0"u8,
    });

    [UnmanagedCallersOnly(EntryPoint = "fr_last_error")]
    public static nuint LastError(byte* buffer, nuint size)
    {
        string message = Failure.Message;
        if (buffer != null)
        {
            // SAFETY: the caller says that so many bytes are there.
            Text.Copy(message, new Span<byte>(buffer, (int)nuint.Min(size, int.MaxValue)));
        }

        return (nuint)System.Text.Encoding.UTF8.GetByteCount(message);
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_last_errno")]
    public static int LastErrno() => Failure.Errno;

    [UnmanagedCallersOnly(EntryPoint = "fr_log_set")]
    public static int LogSet(LogConfig* config)
    {
        try
        {
            LogConfig read = config == null ? default : Versioned.Read(config);
            if (config != null && (read.Log == null || read.Level > (uint)LogLevel.None))
            {
                throw new AbiException(ErrorCode.Argument, read.Log == null ? "log: NULL" : $"level: {read.Level} is none");
            }

            LogSink.Shared.Set(read);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_runtime_stats")]
    public static int Stats(RuntimeStats* stats)
    {
        try
        {
            Versioned.Write(
                new RuntimeStats
                {
                    Handles = (uint)HandleTable.Count,
                    AllocatedBytes = (ulong)GC.GetTotalAllocatedBytes(precise: true),
                    Collections = (ulong)GC.CollectionCount(0),
                },
                stats);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    // SAFETY: a literal lies in the image, which is never unloaded.
    private static byte* Static(ReadOnlySpan<byte> literal) => (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));
}
