using System.Buffers.Binary;
using System.Numerics;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.State;

namespace FastRing.Console.Tests.State;

/// <summary>States of a device, and what can be done to their bytes.</summary>
internal static class SampleStates
{
    private const int HeaderBytes = 24;
    private const int SectionBytes = 8;

    /// <summary>Every field has a value of its own. It belongs to <see cref="Options"/>.</summary>
    public static ConsoleState Sample { get; } = new()
    {
        Features = 0x1_3000_0007,
        MaxPorts = 5,
        Size = new ConsoleSize(80, 25),
        IsDriverReady = true,
        Drivers = 7,
        Control = new ControlState(
            0x12, new BuffersOut(64, 40, 32, 8, [0, 0, 0]), [3, 1], [(1, PendingControl.Open, 9), (4, PendingControl.Remove, 11)]),
        Ports =
        [
            Port(0, "", PortStateFlags.Occupied | PortStateFlags.Console | PortStateFlags.Ready | PortStateFlags.Known | PortStateFlags.HasSize),
            Port(1, "org.example.a", PortStateFlags.Occupied | PortStateFlags.Ready | PortStateFlags.GuestOpen | PortStateFlags.Known | PortStateFlags.OpenTold
                | PortStateFlags.TransmitPaused | PortStateFlags.HasReceive) with
            {
                Pending = PendingControl.Open,
                Limits = new PortLimits(new RateLimit(1_000_000, 5), new RateLimit(0, 77)),
                Debts = (new RateDebt(123, 456), new RateDebt(0, 789)),
                Transmit = (0x8001_8001, 1234),
                ReceiveBase = 0x8005_8005,
                Receive = new BuffersOut(128, 200, 128, 70, [4096, 17, 0, 1]),
            },
            Port(3, "org.example.b", PortStateFlags.Occupied | PortStateFlags.Failed | PortStateFlags.Reused | PortStateFlags.TellsAgain) with { Pending = PendingControl.Add },
            Port(4, "", PortStateFlags.Leaving | PortStateFlags.Reused | PortStateFlags.Draining | PortStateFlags.GoneHeard) with { Pending = PendingControl.Remove },
        ],
    };

    /// <summary>The same with what was added to version 1: sessions, an epoch, who saved it.</summary>
    public static ConsoleState SampleWithSessions { get; } = Sample with
    {
        Epoch = 3,
        Instance = 0x1122_3344_5566_7788,
        Ports =
        [
            Sample.Ports[0],
            Sample.Ports[1] with { Session = new StreamPositions(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 123_456_789_012, 98_765_432_109), HostOpens = 2 },
            .. Sample.Ports.Skip(2),
        ],
    };

    /// <summary>What a device has to be to take it.</summary>
    public static ConsoleOptions Options => new()
    {
        MaxPorts = 5,
        Ports = [new PortOptions("", new TestEndpoint(), IsConsole: true), new PortOptions("org.example.a", new TestEndpoint()) { Id = 1 }, new PortOptions("org.example.b", new TestEndpoint()) { Id = 3 }],
    };

    public static byte[] Golden => Read("console-v1.state");

    /// <summary>Of <see cref="SampleWithSessions"/>.</summary>
    public static byte[] GoldenWithSessions => Read("console-v1-sessions.state");

    /// <summary>Makes length and checksum right again, as somebody who means harm does.</summary>
    public static byte[] Sealed(byte[] state)
    {
        if (state.Length >= HeaderBytes)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(16), (uint)(state.Length - HeaderBytes));
            uint crc = uint.MaxValue;
            foreach (byte b in (byte[])[.. state.AsSpan(0, 20), .. state.AsSpan(HeaderBytes)])
            {
                crc = BitOperations.Crc32C(crc, b);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(20), ~crc);
        }

        return state;
    }

    public static List<byte[]> Sections(byte[] state)
    {
        var sections = new List<byte[]>();
        for (int at = HeaderBytes; at < state.Length;)
        {
            int length = SectionBytes + (int)BinaryPrimitives.ReadUInt32LittleEndian(state.AsSpan(at + 4));
            sections.Add(state.AsSpan(at, length).ToArray());
            at += length;
        }

        return sections;
    }

    public static byte[] Section(ushort id, ushort flags, byte[] body)
    {
        var section = new byte[SectionBytes + body.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(section, id);
        BinaryPrimitives.WriteUInt16LittleEndian(section.AsSpan(2), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(section.AsSpan(4), (uint)body.Length);
        body.CopyTo(section.AsSpan(SectionBytes));
        return section;
    }

    public static byte[] With(byte[] state, IEnumerable<byte[]> sections) => Sealed([.. state.AsSpan(0, HeaderBytes), .. sections.SelectMany(s => s)]);

    private static byte[] Read(string name)
    {
        using Stream file = typeof(SampleStates).Assembly.GetManifestResourceStream($"FastRing.Console.Tests.State.{name}")!;
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static PortState Port(int number, string name, PortStateFlags flags) => new()
    {
        Number = number,
        Name = name,
        Flags = flags,
        Pending = PendingControl.None,
        Size = number == 0 ? new ConsoleSize(80, 25) : default,
        Limits = default,
        Debts = default,
        BytesToHost = 1000 + (ulong)number,
        BytesToGuest = 2000 + (ulong)number,
        BytesDiscarded = 3000 + (ulong)number,
        GuestOpens = 4000 + (ulong)number,
        Transmit = default,
        ReceiveBase = 0,
        Receive = null,
    };
}
