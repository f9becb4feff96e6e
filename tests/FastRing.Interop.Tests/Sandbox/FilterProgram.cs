using System.Runtime.InteropServices;
using FastRing.Interop.Sandbox;

namespace FastRing.Interop.Tests.Sandbox;

/// <summary>Runs a filter as the kernel does, for the instructions a filter is made of, and any architecture.</summary>
internal sealed class FilterProgram(SeccompFilter filter)
{
    public const uint AuditX64 = 0xC000_003E;
    public const uint AuditArm64 = 0xC000_00B7;

    /// <summary>What becomes of a call.</summary>
    public uint Run(uint audit, uint number, params uint[] arguments)
    {
        uint value = 0;
        for (int at = 0; ; at++)
        {
            Libc.SocketFilter instruction = filter.Program[at];
            switch (instruction.Code)
            {
                case 0x20:
                    value = instruction.Operand switch { 0 => number, 4 => audit, var offset => arguments.ElementAtOrDefault(((int)offset - 16) / 8) };
                    Assert.True(instruction.Operand <= 4 || instruction.Operand % 8 == 0);
                    break;
                case 0x54:
                    value &= instruction.Operand;
                    break;
                case 0x15:
                    at += value == instruction.Operand ? instruction.IfTrue : instruction.IfFalse;
                    break;
                case 0x25:
                    at += value > instruction.Operand ? instruction.IfTrue : instruction.IfFalse;
                    break;
                default:
                    Assert.Equal(0x06, instruction.Code);
                    return instruction.Operand;
            }
        }
    }

    /// <summary>The same, for a call by name.</summary>
    public uint Run(Architecture architecture, string call, params uint[] arguments) =>
        Run(architecture == Architecture.Arm64 ? AuditArm64 : AuditX64, SystemCallNumber.Of(call, architecture)!.Value, arguments);
}
