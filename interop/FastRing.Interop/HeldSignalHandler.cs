using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>
/// The machine code that answers a signal which is to wait: the thread that it came to has it blocked from then on, and the process is sent it again. So it goes round until no thread takes it, and
/// waits in the kernel. As with <see cref="BusErrorHandler"/>, a signal may come in the middle of anything the runtime does. Called as <c>void handler(int signal, siginfo_t *info, ucontext_t *context)</c>.
/// </summary>
internal static class HeldSignalHandler
{
    /// <summary>For this processor.</summary>
    /// <exception cref="PlatformNotSupportedException">There is none for it.</exception>
    public static ReadOnlySpan<byte> Code => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => MemoryMarshal.AsBytes(Arm64Words),
        Architecture other => throw new PlatformNotSupportedException($"no handler of held signals for {other}"),
    };

    /// <summary>What its first bytes become when it is to do nothing any more: a return. The rest stays as it is, for threads that are within it.</summary>
    public static ReadOnlySpan<byte> Nothing => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? [0xc0, 0x03, 0x5f, 0xd6] : [0xc3];

    private static ReadOnlySpan<byte> X64 =>
    [
        0x8d, 0x4f, 0xff,                               // lea ecx,[rdi-0x1]
        0x48, 0x0f, 0xab, 0x8a, 0x28, 0x01, 0x00, 0x00, // bts qword [rdx+0x128],rcx    uc_sigmask, which holds when the handler returns
        0x89, 0xfe,                                     // mov esi,edi
        0xb8, 0x27, 0x00, 0x00, 0x00,                   // mov eax,0x27                 getpid()
        0x0f, 0x05,                                     // syscall
        0x89, 0xc7,                                     // mov edi,eax
        0xb8, 0x3e, 0x00, 0x00, 0x00,                   // mov eax,0x3e                 kill(, signal)
        0x0f, 0x05,                                     // syscall
        0xc3,                                           // ret
    ];

    /// <summary>The same. Not tried: there was no such machine.</summary>
    private static ReadOnlySpan<uint> Arm64Words =>
    [
        0x51000403, // sub w3, w0, #0x1
        0xd2800024, // mov x4, #0x1
        0x9ac32084, // lsl x4, x4, x3
        0xf9401445, // ldr x5, [x2, #40]    uc_sigmask
        0xaa0400a5, // orr x5, x5, x4
        0xf9001445, // str x5, [x2, #40]
        0x2a0003e1, // mov w1, w0
        0xd2801588, // mov x8, #0xac        getpid()
        0xd4000001, // svc #0x0
        0xd2801028, // mov x8, #0x81        kill(, signal)
        0xd4000001, // svc #0x0
        0xd65f03c0, // ret
    ];
}
