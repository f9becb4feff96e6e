using System.Buffers.Binary;
using System.Numerics;
using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Models;

/// <content>Rings: nobody puts a buffer on them, so one that begins at 0 is empty, and one that begins elsewhere is malformed.</content>
internal sealed partial class ProtocolModel
{
    private const uint NoDescriptor = 0x100;

    private Answer OfRing(ModelMessage message)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(message.Payload);
        if (index >= Rings.Length)
        {
            return Answer.No;
        }

        uint value = BinaryPrimitives.ReadUInt32LittleEndian(message.Payload.AsSpan(sizeof(uint)));
        ModelRing ring = Rings[index];
        return message.Request switch
        {
            VhostUserRequest.SetVringNum => SetSize(ring, value),
            VhostUserRequest.SetVringBase => SetBase(ring, value),
            VhostUserRequest.GetVringBase => TakeBase(ring, index),
            VhostUserRequest.SetVringEnable => SetEnabled(ring, value),
            VhostUserRequest.SetVringAddr => SetAreas(ring, VringAddresses.Read(message.Payload, out _)),
            VhostUserRequest.SetVringEndian => value == 0 ? Answer.Done : Answer.No,
            _ => throw new InvalidOperationException($"the model does not know {message.Request}"),
        };
    }

    private static Answer SetSize(ModelRing ring, uint size)
    {
        if (size is 0 or > 32768 || !BitOperations.IsPow2(size))
        {
            return Answer.No;
        }

        ring.Halt();
        ring.Size = size;
        return Answer.Done;
    }

    private Answer SetBase(ModelRing ring, uint index)
    {
        if (index > ushort.MaxValue)
        {
            return Answer.No;
        }

        ring.Halt();
        if (ring.HasRun && ring.Base != index)
        {
            AroundAll(() => Array.ForEach(Rings, r => r.HasRun = false)); // Another driver's.
        }

        ring.Base = index;
        return Answer.Done;
    }

    private static Answer TakeBase(ModelRing ring, uint index)
    {
        ring.Halt();
        return new Answer(false, RawFrontend.State(index, ring.Base));
    }

    private Answer SetEnabled(ModelRing ring, uint value)
    {
        if (value > 1)
        {
            return Answer.No;
        }

        ring.Enabled = value == 1;
        return ring.IsRunning || TryStart(ring) ? Answer.Done : Answer.No;
    }

    private Answer SetAreas(ModelRing ring, VringAddresses addresses)
    {
        bool moves = (ring.IsRunning && !ring.IsBroken) || ring.IsUnmapped;
        ring.Stop();
        ring.Areas = (addresses.Descriptors.Value, addresses.Driver.Value, addresses.Device.Value);
        return !moves || TryStart(ring) ? Answer.Done : Answer.No;
    }

    private Answer SetDescriptor(ModelMessage message)
    {
        ulong number = Number(message);
        if ((number & NoDescriptor) == 0 != (message.Fds.Length == 1))
        {
            return Answer.Malformed;
        }

        ulong index = number & ~(ulong)NoDescriptor;
        if (index >= (ulong)Rings.Length)
        {
            return Answer.No;
        }

        bool isFile = message.Fds.Length == 1 && message.Fds[0].IsRegularFile();
        if (message.Request != VhostUserRequest.SetVringKick)
        {
            return isFile ? Answer.No : Answer.Done;
        }

        ModelRing ring = Rings[index];
        ring.Halt();
        ring.HasKick = !isFile;
        return !isFile && TryStart(ring) ? Answer.Done : Answer.No;
    }

    private bool IsEnabled(ModelRing ring) => ring.Enabled ?? ((_features ?? 0) & VhostUserFeatures.ProtocolFeatures) == 0;

    /// <summary>Something changes on which all rings stand.</summary>
    private void AroundAll(Action change)
    {
        Array.ForEach(Rings, r => r.Pause());
        change();
        Array.ForEach(Rings, r => TryStart(r));
    }

    /// <summary>Starts what lacks nothing.</summary>
    /// <returns>False: it lacks nothing, and can't be started.</returns>
    private bool TryStart(ModelRing ring)
    {
        if (!ring.IsStopped || !ring.HasKick || !IsEnabled(ring) || ring.Size == 0 || _features is null || ring.Areas is not { } areas || !_hasMemory)
        {
            return true;
        }

        ring.IsUnmapped = !IsMapped(areas.Descriptors, 16UL * ring.Size) || !IsMapped(areas.Driver, 6 + (2UL * ring.Size)) || !IsMapped(areas.Device, 6 + (8UL * ring.Size));
        bool isAligned = areas.Descriptors % 16 == 0 && areas.Driver % 2 == 0 && areas.Device % 4 == 0;
        bool starts = !ring.IsUnmapped && isAligned;
        ring.IsBroken = !ring.IsUnmapped && (!isAligned || ring.Base != 0);
        ring.IsRunning = starts;
        return starts;
    }

    private bool IsMapped(ulong address, ulong bytes) => _regions.Exists(r => address >= r.Frontend.Value && address + bytes <= r.Frontend.Value + r.SizeBytes);
}
