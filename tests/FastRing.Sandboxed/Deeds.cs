using System.Globalization;
using System.Runtime.InteropServices;

namespace FastRing.Sandboxed;

/// <summary>What a sandbox is there to prevent, and a little that it is not. By the C library, so that nothing of .NET makes up the error.</summary>
internal static unsafe partial class Deeds
{
    private const int Unix = 1;
    private const int Internet = 2;
    private const int Packet = 17;
    private const int Stream = 1;
    private const int Datagram = 2;
    private const int WriteCreate = 1 | 0x40;
    private const int CurrentFolder = -100;

    /// <summary>"done", or the error number.</summary>
    public static string Do(string deed, string argument) => deed switch
    {
        "exec" => Execute("/bin/true"),
        "fork" => Result(Call(57, 0, 0, 0)),
        "ptrace" => Result(Call(101, 0, 0, 0)),
        "unix socket" => Result(socket(Unix, Stream, 0)),
        "internet socket" => Result(socket(Internet, Stream, 0)),
        "datagram socket" => Result(socket(Unix, Datagram, 0)),
        "change the mode" => OnPath(argument, path => Call(90, path, 0x1FF, 0)), // chmod
        "schedule another" => Result(Call(144, 1, 0, 0)), // sched_setscheduler
        "packet socket" => Result(socket(Packet, Stream, 0)),
        "read" => Open(argument, 0),
        "write" => Open(argument, WriteCreate),
        "folder" => OnPath(argument, path => Call(258, CurrentFolder, path, 0x1C0)), // mkdirat
        "bind" => OnSocket(argument, 49),
        "connect" => OnSocket(argument, 42),
        "remove" => OnPath(argument, path => Call(87, path, 0, 0)), // unlink
        "signal another" => Result(Call(62, 1, 0, 0)),
        "signal itself" => Result(Call(62, Environment.ProcessId, 0, 0)),
        "type for the user" => Result(Call(16, 0, 0x5412, 0)), // TIOCSTI
        "32-bit numbers" => Result(Call(0x4000_0000 | 39, 0, 0, 0)), // getpid of x32
        "later" => Result(Call(0x3FFF, 0, 0, 0)),
        "become root" => Result(Call(117, 0, 0, 0)), // setresuid
        "namespace thread" => Result(Call(56, 0x1000_0000 | 17, 0, 0)), // clone(CLONE_NEWUSER | SIGCHLD)
        "clone3" => Result(Call(435, 0, 0, 0)),
        "dump" => Result(Call(157, 4, 1, 0)), // prctl(PR_SET_DUMPABLE, 1)
        _ => Result(Call(int.Parse(deed, CultureInfo.InvariantCulture), 0, 0, 0)),
    };

    private static string Execute(string path)
    {
        fixed (byte* program = CString(path))
        {
            byte** arguments = stackalloc byte*[2];
            arguments[0] = program;
            arguments[1] = null;
            return Result(Call(59, (nint)program, (nint)arguments, 0));
        }
    }

    private static string Open(string path, int flags) => OnPath(path, p => open((byte*)p, flags, 0x180));

    private static string OnSocket(string path, nint call)
    {
        Span<byte> address = stackalloc byte[110];
        address.Clear();
        address[0] = Unix;
        System.Text.Encoding.UTF8.GetBytes(path, address[2..]);
        int socketFd = socket(Unix, Stream, 0);
        fixed (byte* first = address)
        {
            return Result(Call(call, socketFd, (nint)first, 110));
        }
    }

    private static string OnPath(string path, Func<nint, nint> call)
    {
        fixed (byte* name = CString(path))
        {
            return Result(call((nint)name));
        }
    }

    private static string Result(nint result) => result >= 0 ? "done" : Marshal.GetLastPInvokeError().ToString(CultureInfo.InvariantCulture);

    private static byte[] CString(string text) => System.Text.Encoding.UTF8.GetBytes(text + "\0");

    private static nint Call(nint number, nint first, nint second, nint third) => syscall(number, first, second, third, 0, 0, 0);

    [LibraryImport("libc.so.6", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);

    [LibraryImport("libc.so.6", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc.so.6", SetLastError = true)]
    private static partial int open(byte* path, int flags, uint mode);
}
