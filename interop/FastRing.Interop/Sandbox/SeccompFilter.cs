using System.Runtime.InteropServices;

namespace FastRing.Interop.Sandbox;

/// <summary>
/// Which system calls a process may make from now on: rules by name, translated to a program of classic BPF (seccomp(2), linux/filter.h). Of a call
/// that several rules name, the first counts. Linux remembers which calls are allowed whatever their arguments, and runs the program for the others only.
/// </summary>
public sealed class SeccompFilter
{
    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS, from struct seccomp_data
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort JumpIfAbove = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    private const ushort And = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;

    private const uint AuditX64 = 0xC000_003E; // AUDIT_ARCH_X86_64
    private const uint AuditArm64 = 0xC000_00B7; // AUDIT_ARCH_AARCH64
    private const uint LastNativeNumber = 0x3FFF_FFFF; // Above: calls of x32, the other ABI of x86-64 processes (__X32_SYSCALL_BIT).

    private readonly Architecture _architecture;
    private readonly List<Libc.SocketFilter> _program = [];
    private bool _isComplete;

    /// <summary>A filter for this processor, without rules.</summary>
    /// <exception cref="PlatformNotSupportedException">Its system calls are not known here.</exception>
    public SeccompFilter()
        : this(RuntimeInformation.ProcessArchitecture)
    {
    }

    internal SeccompFilter(Architecture architecture)
    {
        _architecture = architecture;
        uint audit = architecture switch
        {
            Architecture.X64 => AuditX64,
            Architecture.Arm64 => AuditArm64, // Not tried: there was no such machine.
            _ => throw new PlatformNotSupportedException($"no system calls are known for {architecture}"),
        };

        // Numbers mean something else in 32-bit programs' calls, which a 64-bit process can make too.
        Emit(LoadWord, ArchitectureOffset);
        Emit(JumpIfEqual, audit, ifTrue: 1);
        Emit(Return, SeccompAction.KillProcess.Value);
        Emit(LoadWord, NumberOffset);
        Emit(JumpIfAbove, LastNativeNumber, ifFalse: 1);
        Emit(Return, SeccompAction.KillProcess.Value);
    }

    internal IReadOnlyList<Libc.SocketFilter> Program => _program;

    /// <summary>Says what becomes of calls, whatever their arguments. Those this architecture does not have are skipped.</summary>
    /// <exception cref="ArgumentException">A name is not known.</exception>
    public SeccompFilter Add(SeccompAction action, params IEnumerable<string> calls)
    {
        foreach (string call in calls)
        {
            if (Number(call) is { } number)
            {
                Emit(JumpIfEqual, number, ifFalse: 1);
                Emit(Return, action.Value);
            }
        }

        return this;
    }

    /// <summary>Says what becomes of a call whose argument passes a test, and of one whose does not.</summary>
    /// <exception cref="ArgumentException">The name is not known.</exception>
    public SeccompFilter Add(string call, ArgumentTest test, SeccompAction ifPassed, SeccompAction otherwise)
    {
        ArgumentNullException.ThrowIfNull(test);
        return Add(call, test, (SeccompAction?)ifPassed, otherwise);
    }

    /// <summary>Says what becomes of a call whose argument does not pass a test; of others, later rules say.</summary>
    /// <exception cref="ArgumentException">The name is not known.</exception>
    public SeccompFilter AddUnless(string call, ArgumentTest test, SeccompAction ifNotPassed)
    {
        ArgumentNullException.ThrowIfNull(test);
        return Add(call, test, null, ifNotPassed);
    }

    /// <summary>Says what becomes of all other calls. The last rule.</summary>
    /// <param name="action">Of calls that are known here, to the kernel or to this library.</param>
    /// <param name="ofLaterKernels">Of numbers above all that are known here; whoever makes such a call must have another way for older kernels.</param>
    public SeccompFilter AddOtherwise(SeccompAction action, SeccompAction ofLaterKernels)
    {
        Emit(JumpIfAbove, SystemCallNumber.Last, ifFalse: 1);
        Emit(Return, ofLaterKernels.Value);
        Emit(Return, action.Value);
        _isComplete = true;
        return this;
    }

    /// <summary>Holds from now on for every thread of the process and all they start. It can't be taken back.</summary>
    /// <exception cref="LinuxException">EACCES: <see cref="Privileges.ForbidNew"/> was not called; ENOSYS: the kernel has no seccomp filters.</exception>
    /// <exception cref="InvalidOperationException">It says nothing of other calls, or a thread has another filter.</exception>
    public unsafe void Install()
    {
        if (!_isComplete)
        {
            throw new InvalidOperationException("a filter ends with what becomes of all other calls");
        }

        nint call = (nint)Number("seccomp")!.Value;

        // SAFETY: the program is pinned for the call, and the kernel keeps a copy.
        fixed (Libc.SocketFilter* first = _program.ToArray())
        {
            var program = new Libc.SocketFilterProgram { Length = checked((ushort)_program.Count), Filter = first };
            nint result = Libc.syscall(call, Libc.SECCOMP_SET_MODE_FILTER, Libc.SECCOMP_FILTER_FLAG_TSYNC, (nint)(&program), 0);
            if (result > 0)
            {
                throw new InvalidOperationException($"thread {result} has a seccomp filter of its own");
            }

            Libc.Check((int)result, "seccomp");
        }
    }

    private SeccompFilter Add(string call, ArgumentTest test, SeccompAction? ifPassed, SeccompAction otherwise)
    {
        if (Number(call) is not { } number)
        {
            return this;
        }

        // Behind the jump: load, mask, a jump for each value, what becomes of those that do not pass and of those that do.
        int values = test.Values.Count;
        Emit(JumpIfEqual, number, ifFalse: checked((byte)(values + 4)));
        Emit(LoadWord, ArgumentsOffset + ((uint)test.Argument * sizeof(ulong))); // The lower half comes first: both architectures are little-endian.
        Emit(And, test.Mask);
        for (int i = 0; i < values; i++)
        {
            Emit(JumpIfEqual, test.Values[i], ifTrue: checked((byte)(values - i)));
        }

        Emit(Return, otherwise.Value);
        if (ifPassed is { } passed)
        {
            Emit(Return, passed.Value);
        }
        else
        {
            Emit(LoadWord, NumberOffset); // For the rules behind it.
        }

        return this;
    }

    private uint? Number(string call) => SystemCallNumber.Of(call, _architecture);

    private void Emit(ushort code, uint operand, byte ifTrue = 0, byte ifFalse = 0) => _program.Add(new Libc.SocketFilter(code, ifTrue, ifFalse, operand));
}
