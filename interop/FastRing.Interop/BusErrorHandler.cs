using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>
/// The machine code that answers a SIGBUS: a signal may come in the middle of anything the runtime does, so nothing of the runtime may answer it. Called as
/// <c>void handler(int signal, siginfo_t *info, void *context)</c>; everything it uses lies in its own pages.
/// </summary>
internal static class BusErrorHandler
{
    /// <summary>From the first instruction to the table it reads: a multiple of any page size.</summary>
    public const int TableOffset = 0x10000;

    /// <summary>count, losses, the handler before, a word, four words of zero.</summary>
    public const int TableHeaderBytes = 64;

    /// <summary>start, end, losses, a word.</summary>
    public const int RangeBytes = 32;

    /// <summary>For this processor.</summary>
    /// <exception cref="PlatformNotSupportedException">There is none for it.</exception>
    public static ReadOnlySpan<byte> Code => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        Architecture other => throw new PlatformNotSupportedException($"no handler of SIGBUS for {other}"),
    };

    private static ReadOnlySpan<byte> X64 =>
    [
        0x83, 0x7e, 0x08, 0x02,                         //          cmp dword [rsi+0x8],0x2         si_code: BUS_ADRERR?
        0x75, 0x71,                                     //          jne chain
        0x48, 0x8b, 0x46, 0x10,                         //          mov rax,qword [rsi+0x10]        si_addr
        0x48, 0x8d, 0x0d, 0xef, 0xff, 0x00, 0x00,       //          lea rcx,[rip+table]
        0x4c, 0x8b, 0x01,                               //          mov r8,qword [rcx]              count
        0x4c, 0x8d, 0x49, 0x40,                         //          lea r9,[rcx+0x40]               the first range
        0x4d, 0x85, 0xc0,                               // loop:    test r8,r8
        0x74, 0x5a,                                     //          je chain
        0x4d, 0x8b, 0x11,                               //          mov r10,qword [r9]              start
        0x4d, 0x8b, 0x59, 0x08,                         //          mov r11,qword [r9+0x8]          end: of that range, or of the next in its place?
        0x4d, 0x3b, 0x11,                               //          cmp r10,qword [r9]
        0x75, 0x0a,                                     //          jne next
        0x4c, 0x39, 0xd0,                               //          cmp rax,r10
        0x72, 0x05,                                     //          jb next
        0x4c, 0x39, 0xd8,                               //          cmp rax,r11
        0x72, 0x09,                                     //          jb found
        0x49, 0x83, 0xc1, 0x20,                         // next:    add r9,0x20
        0x49, 0xff, 0xc8,                               //          dec r8
        0xeb, 0xdc,                                     //          jmp loop
        0x57,                                           // found:   push rdi
        0x56,                                           //          push rsi
        0x52,                                           //          push rdx
        0xf0, 0x49, 0xff, 0x41, 0x10,                   //          lock inc qword [r9+0x10]        losses of the range, before its zeros are there:
        0xf0, 0x48, 0xff, 0x41, 0x08,                   //          lock inc qword [rcx+0x8]        who looks after a touch sees it
        0x4c, 0x89, 0xd7,                               //          mov rdi,r10                     mmap(start,
        0x4c, 0x89, 0xde,                               //          mov rsi,r11
        0x48, 0x29, 0xfe,                               //          sub rsi,rdi                     end - start,
        0xba, 0x03, 0x00, 0x00, 0x00,                   //          mov edx,0x3                     PROT_READ | PROT_WRITE,
        0x41, 0xba, 0x32, 0x40, 0x00, 0x00,             //          mov r10d,0x4032                 MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE,
        0x49, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff,       //          mov r8,0xffffffffffffffff       -1,
        0x45, 0x31, 0xc9,                               //          xor r9d,r9d                     0)
        0xb8, 0x09, 0x00, 0x00, 0x00,                   //          mov eax,0x9
        0x0f, 0x05,                                     //          syscall
        0x5a,                                           //          pop rdx
        0x5e,                                           //          pop rsi
        0x5f,                                           //          pop rdi
        0x48, 0x85, 0xc0,                               //          test rax,rax
        0x78, 0x01,                                     //          js chain                        no memory for it
        0xc3,                                           //          ret
        0x48, 0x8d, 0x0d, 0x82, 0xff, 0x00, 0x00,       // chain:   lea rcx,[rip+table]
        0x48, 0x8b, 0x41, 0x10,                         //          mov rax,qword [rcx+0x10]        the handler before
        0x48, 0x83, 0xf8, 0x01,                         //          cmp rax,0x1                     SIG_DFL, SIG_IGN?
        0x76, 0x02,                                     //          jbe default
        0xff, 0xe0,                                     //          jmp rax
        0xbf, 0x07, 0x00, 0x00, 0x00,                   // default: mov edi,0x7                     rt_sigaction(SIGBUS,
        0x48, 0x8d, 0x71, 0x20,                         //          lea rsi,[rcx+0x20]              SIG_DFL,
        0x31, 0xd2,                                     //          xor edx,edx                     null,
        0x41, 0xba, 0x08, 0x00, 0x00, 0x00,             //          mov r10d,0x8                    8)
        0xb8, 0x0d, 0x00, 0x00, 0x00,                   //          mov eax,0xd
        0x0f, 0x05,                                     //          syscall
        0xc3,                                           //          ret
    ];

    /// <summary>The same. Not tried: there was no such machine.</summary>
    private static ReadOnlySpan<byte> Arm64 => MemoryMarshal.AsBytes(Arm64Words);

    private static ReadOnlySpan<uint> Arm64Words =>
    [
        0xb9400823, //          ldr w3, [x1, #8]        si_code: BUS_ADRERR?
        0x7100087f, //          cmp w3, #0x2
        0x540005a1, //          b.ne chain
        0xf9400823, //          ldr x3, [x1, #16]       si_addr
        0x1007ff84, //          adr x4, table
        0xf9400085, //          ldr x5, [x4]
        0x91010086, //          add x6, x4, #0x40
        0xb4000505, // loop:    cbz x5, chain
        0xc8dffcc7, //          ldar x7, [x6]           start
        0xf94004cb, //          ldr x11, [x6, #8]       end: of that range, or of the next in its place?
        0xd50339bf, //          dmb ishld
        0xf94000cf, //          ldr x15, [x6]
        0xeb0f00ff, //          cmp x7, x15
        0x540000a1, //          b.ne next
        0xeb07007f, //          cmp x3, x7
        0x54000063, //          b.lo next
        0xeb0b007f, //          cmp x3, x11
        0x54000083, //          b.lo found
        0x910080c6, // next:    add x6, x6, #0x20
        0xd10004a5, //          sub x5, x5, #0x1
        0x17fffff3, //          b loop
        0x910040d0, // found:   add x16, x6, #0x10
        0xc85f7e09, //          ldxr x9, [x16]
        0x91000529, //          add x9, x9, #0x1
        0xc80a7e09, //          stxr w10, x9, [x16]
        0x35ffffaa, //          cbnz w10, ldxr
        0x91002090, //          add x16, x4, #0x8
        0xc85f7e09, //          ldxr x9, [x16]
        0x91000529, //          add x9, x9, #0x1
        0xc80a7e09, //          stxr w10, x9, [x16]
        0x35ffffaa, //          cbnz w10, ldxr
        0xaa0003ec, //          mov x12, x0
        0xaa0103ed, //          mov x13, x1
        0xaa0203ee, //          mov x14, x2
        0xaa0703e0, //          mov x0, x7
        0xcb070161, //          sub x1, x11, x7
        0xd2800062, //          mov x2, #0x3
        0xd2880643, //          mov x3, #0x4032
        0x92800004, //          mov x4, #0xffffffffffffffff
        0xd2800005, //          mov x5, #0x0
        0xd2801bc8, //          mov x8, #0xde           mmap(start, end - start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        0xd4000001, //          svc #0x0
        0xb7f80040, //          tbnz x0, #63, failed
        0xd65f03c0, //          ret
        0xaa0c03e0, // failed:  mov x0, x12
        0xaa0d03e1, //          mov x1, x13
        0xaa0e03e2, //          mov x2, x14
        0x1007fa24, // chain:   adr x4, table
        0xf9400883, //          ldr x3, [x4, #16]
        0xf100047f, //          cmp x3, #0x1
        0x54000049, //          b.ls default
        0xd61f0060, //          br x3                   the handler before
        0xd28000e0, // default: mov x0, #0x7
        0x91008081, //          add x1, x4, #0x20
        0xd2800002, //          mov x2, #0x0
        0xd2800103, //          mov x3, #0x8
        0xd28010c8, //          mov x8, #0x86           rt_sigaction(SIGBUS, SIG_DFL, null, 8)
        0xd4000001, //          svc #0x0
        0xd65f03c0, //          ret
    ];
}
