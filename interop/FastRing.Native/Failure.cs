using FastRing.Interop;

namespace FastRing.Native;

/// <summary>What a call that fails leaves behind: a code for the caller, words and an errno for its thread.</summary>
internal static class Failure
{
    [ThreadStatic]
    private static string? t_message;

    [ThreadStatic]
    private static int t_errno;

    /// <summary>The thread's last message; empty if nothing has failed on it.</summary>
    public static string Message => t_message ?? "";

    /// <summary>The errno of the thread's last <see cref="ErrorCode.System"/>.</summary>
    public static int Errno => t_errno;

    /// <summary>Notes words that are there already: allocates nothing.</summary>
    public static int Of(ErrorCode code, string message)
    {
        t_message = message;
        return (int)code;
    }

    /// <summary>What an exception is on the other side of the border.</summary>
    public static int Of(Exception exception)
    {
        if (exception is LinuxException system)
        {
            t_errno = system.Errno;
        }

        return Of(CodeOf(exception), exception is ArgumentException ? WithoutParameter(exception.Message) : exception.Message);
    }

    private static ErrorCode CodeOf(Exception exception) => exception switch
    {
        AbiException abi => abi.Code,
        LinuxException => ErrorCode.System,
        ArgumentException => ErrorCode.Argument,
        ObjectDisposedException => ErrorCode.State,
        InvalidOperationException => ErrorCode.State,
        TimeoutException => ErrorCode.Timeout,
        OutOfMemoryException => ErrorCode.NoMemory,
        _ => ErrorCode.Internal,
    };

    /// <summary>What .NET calls its parameters says nothing to a C program.</summary>
    private static string WithoutParameter(string message)
    {
        int at = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return at < 0 ? message : message[..at];
    }
}
