using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Models;

/// <summary>A message as a frontend of the model sends it.</summary>
/// <param name="Request">What it asks.</param>
/// <param name="Flags">Of its header.</param>
/// <param name="Payload">What stands behind the header.</param>
/// <param name="Fds">What comes along.</param>
internal sealed record ModelMessage(VhostUserRequest Request, uint Flags, byte[] Payload, OwnedFd[] Fds)
{
    private const uint Unknown = 77;

    public bool NeedsReply => (Flags & VhostUserHeader.NeedReplyFlag) != 0;

    public byte[] Bytes => RawFrontend.Message(Request, Payload, Flags);

    /// <summary>The message that a step stands for: most of them what a frontend may well say, some of them not.</summary>
    public static ModelMessage Of(ProtocolStep step, ModelMemory memory)
    {
        ModelMessage message = Whole(step, memory) with { Flags = VhostUserHeader.Version | (step.NeedsReply ? VhostUserHeader.NeedReplyFlag : 0) };
        return step.Damage switch
        {
            1 => message with { Payload = [.. message.Payload, 0] },
            2 => message with { Payload = message.Payload.Length > 0 ? message.Payload[..^1] : message.Payload },
            3 => message with { Fds = [.. message.Fds, memory.Event.Fd] },
            4 => message with { Fds = [] },
            5 => message with { Flags = message.Flags + 1 }, // Version 2.
            6 => message with { Flags = message.Flags | VhostUserHeader.ReplyFlag },
            _ => message,
        };
    }

    public override string ToString() => $"{Request} flags {Flags:x} [{Convert.ToHexString(Payload)}] fds {Fds.Length}";

    private static ModelMessage Whole(ProtocolStep step, ModelMemory memory)
    {
        int a = step.First;
        int b = step.Second;
        uint ring = (uint)(a % 8 == 7 ? 2 : a % 2); // Sometimes one that is not there.
        OwnedFd fd = b % 8 == 7 ? memory.File : memory.Event.Fd; // Sometimes one that can't be waited for.
        return step.Kind switch
        {
            0 => new(VhostUserRequest.SetFeatures, 0, RawFrontend.Number(Features(a)), []),
            1 => new(VhostUserRequest.SetProtocolFeatures, 0, RawFrontend.Number(ProtocolFeaturesOf(a, b)), []),
            2 => Table(a, b, memory),
            3 => new(VhostUserRequest.AddMemReg, 0, ModelMemory.Single(a % 5), [memory.File]),
            4 => new(VhostUserRequest.RemMemReg, 0, ModelMemory.Single(a % 3), b % 2 == 0 ? [] : [memory.File]),
            5 => new(VhostUserRequest.SetVringNum, 0, RawFrontend.State(ring, b % 8 == 7 ? (uint)b : 1u << (b % 8)), []),
            6 => new(VhostUserRequest.SetVringBase, 0, RawFrontend.State(ring, ((uint[])[0, 0, 0, 0, 7, 0x1_0000])[b % 6]), []),
            7 or 8 => new(VhostUserRequest.SetVringAddr, 0, Address(ring, b), []),
            9 or 10 => new(VhostUserRequest.SetVringKick, 0, RawFrontend.Number(ring), [fd]),
            11 => new(VhostUserRequest.SetVringKick, 0, RawFrontend.Number(ring | 0x100), b % 8 == 0 ? [fd] : []),
            12 => new(b % 2 == 0 ? VhostUserRequest.SetVringCall : VhostUserRequest.SetVringErr, 0, RawFrontend.Number(ring), [fd]),
            13 => new(b % 2 == 0 ? VhostUserRequest.SetVringCall : VhostUserRequest.SetVringErr, 0, RawFrontend.Number(ring | (b % 4 < 2 ? 0x100u : 0x300u)), []),
            14 or 15 => new(VhostUserRequest.SetVringEnable, 0, RawFrontend.State(ring, ((uint[])[1, 1, 1, 1, 0, 2])[b % 6]), []),
            16 or 17 => new(VhostUserRequest.GetVringBase, 0, RawFrontend.State(ring == 2 && b % 4 != 0 ? 0 : ring, 0), []),
            18 => new(VhostUserRequest.SetStatus, 0, RawFrontend.Number((ulong)(b % 16 == 15 ? 256 : b % 4)), []),
            19 => new(VhostUserRequest.GetStatus, 0, [], []),
            20 => new(b % 4 == 0 ? VhostUserRequest.ResetDevice : VhostUserRequest.SetOwner, 0, [], []),
            21 => Config(VhostUserRequest.GetConfig, a, b),
            22 => Config(VhostUserRequest.SetConfig, a, b),
            23 => new(VhostUserRequest.GetFeatures, 0, [], []),
            24 => new(VhostUserRequest.GetProtocolFeatures, 0, [], []),
            25 => new(VhostUserRequest.GetQueueNum, 0, [], []),
            26 => new(VhostUserRequest.GetMaxMemSlots, 0, [], []),
            27 => new(VhostUserRequest.SetVringEndian, 0, RawFrontend.State(ring, (uint)(b % 2)), []),
            28 => new(VhostUserRequest.VringKick, 0, RawFrontend.State(ring, 0), []),
            29 => new((VhostUserRequest)(Unknown + b), 0, new byte[a], []),
            30 => new(VhostUserRequest.SetBackendReqFd, 0, [], [memory.Event.Fd]),
            _ => Seldom(b, memory),
        };
    }

    /// <summary>What is said at the end, or answered only by those that know of it.</summary>
    private static ModelMessage Seldom(int b, ModelMemory memory) => (b % 8) switch
    {
        0 => new(VhostUserRequest.SetLogBase, 0, new byte[16], [memory.File]),
        1 => new(VhostUserRequest.GetInflightFd, 0, new byte[24], []),
        2 => new(VhostUserRequest.SetInflightFd, 0, new byte[20], [memory.File]),
        3 => new(VhostUserRequest.SetDeviceStateFd, 0, new byte[8], [memory.Event.Fd]),
        4 => new(VhostUserRequest.CheckDeviceState, 0, [], []),
        _ => new(VhostUserRequest.ResetOwner, 0, [], []),
    };

    private static ulong Features(int a) => (a % 8) switch
    {
        0 => 0,
        1 => ProtocolModel.DeviceFeatures,
        2 => ProtocolModel.DeviceFeatures | (1UL << 34), // Packed, which is not offered.
        3 => VhostUserFeatures.ProtocolFeatures,
        _ => ProtocolModel.DeviceFeatures | VhostUserFeatures.ProtocolFeatures,
    };

    private static ulong ProtocolFeaturesOf(int a, int b) =>
        b % 16 == 0 ? 1UL << 63 : b % 16 == 1 ? (ulong)ProtocolFeatures.InbandNotifications : (ulong)(ProtocolModel.Offered & (ProtocolFeatures)((ulong)a * 0x1_0101UL)) | (b % 2 == 0 ? (ulong)ProtocolFeatures.ReplyAck : 0);

    private static ModelMessage Table(int a, int b, ModelMemory memory)
    {
        int[] regions = (a % 16) switch
        {
            0 => [],
            1 => [1],
            2 => [0, 2],
            3 => [3],
            4 => [0, 4],
            5 => [0, 0],
            6 => [0, 1, 0, 1, 0, 1, 0, 1],
            < 10 => [0],
            _ => [0, 1],
        };
        byte[] payload = ModelMemory.Table(regions);
        payload[0] = b % 16 == 0 ? (byte)9 : b % 16 == 1 ? (byte)(payload[0] + 1) : payload[0];
        return new(VhostUserRequest.SetMemTable, 0, payload, [.. regions.Select(_ => memory.File)]);
    }

    private static byte[] Address(uint ring, int b) => ModelMemory.Addresses((int)ring, (b % 16) switch { 0 => 4, < 4 => 1, _ => 0 }, b % 16 == 15 ? 8 : 0);

    private static ModelMessage Config(VhostUserRequest request, int a, int b)
    {
        uint size = (uint)(b % 6);
        byte[] payload = new byte[ConfigPayload.HeadBytes + (b % 8 == 7 ? 0 : (int)size)];
        new ConfigPayload((uint)(a % 16), size, (uint)(a / 16 % 3)).Write(payload);
        payload.AsSpan(ConfigPayload.HeadBytes).Fill((byte)a);
        return new(request, 0, payload, []);
    }
}
