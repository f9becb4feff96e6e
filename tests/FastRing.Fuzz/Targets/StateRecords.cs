using System.Buffers.Binary;
using System.Numerics;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.State;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// A device's state from anywhere. Oracle: it is refused with a field's name, or it is a state: written again it is read as the same, and a device that takes it gives one that it takes.
/// </summary>
internal sealed class StateRecords : WorkerTarget
{
    private const int HeaderBytes = 24;

    private byte[] _input = [];
    private ConsoleDevice _device = null!;

    public override string Name => "state-record";

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        // One bit decides whether somebody who means harm has made length and checksum right.
        _input = bytes.IsEmpty ? [] : bytes[1..].ToArray();
        if (!bytes.IsEmpty && (bytes[0] & 1) == 0)
        {
            Seal(_input);
        }

        string? why = ConsoleState.TryRead(_input, out ConsoleState? state);
        Must((why is null) == (state is not null));
        if (state is null)
        {
            Must(why!.Contains(": ", StringComparison.Ordinal), "a field is named");
            Reach(why[..why.IndexOf(':', StringComparison.Ordinal)].TrimEnd("0123456789".ToCharArray()));
            return;
        }

        byte[] written = state.Write();
        Must(ConsoleState.TryRead(written, out ConsoleState? again) is null, "what is written is read");
        Must(again!.Write().AsSpan().SequenceEqual(written), "what is read is what was written");
        Reach("state");
        using (_device = NewDevice())
        {
            _device.StartAsync().GetAwaiter().GetResult();
            OnWorker(Load);
        }
    }

    private ConsoleDevice NewDevice() => new(Worker, new ConsoleOptions
    {
        MaxPorts = 5,
        Ports = [new PortOptions("", new NullEndpoint(), IsConsole: true), new PortOptions("org.example.a", new NullEndpoint()) { Id = 1 }, new PortOptions("org.example.b", new EchoEndpoint()) { Id = 3 }],
    });

    private void Load()
    {
        string? why = _device.LoadState(_input);
        if (why is null)
        {
            Reach("loaded");
            Must(_device.LoadState(_device.SaveState()) is null, "what a device gives, it takes");
        }
        else
        {
            Must(why.Contains(": ", StringComparison.Ordinal), "a field is named");
            Reach($"not loaded: {why[..why.IndexOf(':', StringComparison.Ordinal)].TrimEnd("0123456789".ToCharArray())}");
        }
    }

    private static void Seal(byte[] state)
    {
        if (state.Length < HeaderBytes)
        {
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(16), (uint)(state.Length - HeaderBytes));
        uint crc = uint.MaxValue;
        for (int i = 0; i < state.Length; i++)
        {
            crc = i is >= 20 and < HeaderBytes ? crc : BitOperations.Crc32C(crc, state[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(20), ~crc);
    }
}
