using System.Buffers.Binary;
using FastRing.Fuzz.Sessions;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// Regions that come and go. Oracle: a list of regions. What is taken, and what is refused, is what the list says; each address leads to the byte of the file that it should,
/// and to nothing else.
/// </summary>
internal sealed class MemoryTables : WorkerTarget
{
    private const int MostMessages = 24;
    private const ulong MaxMemory = 2 * FuzzFds.MemoryBytes; // Three regions of whole files are too much.

    private readonly FuzzFds _fds = new();
    private readonly OwnedFd _spare;
    private readonly VhostUserBackend _backend;
    private readonly List<KnownRegion> _known = [];
    private readonly List<ulong> _addresses = [0, FuzzWords.Guest, ulong.MaxValue - 7];
    private byte[] _input = [];

    public MemoryTables()
    {
        (OwnedFd first, _spare) = UnixSocket.Pair();
        _backend = new VhostUserBackend(Worker, new FuzzDevice(() => null), first, "fuzz") { MaxMappedBytes = MaxMemory };
        for (int file = 0; file < 2; file++)
        {
            for (int at = 0; at < FuzzFds.MemoryBytes; at += sizeof(ulong))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(_fds.Bytes(file)[at..], Content(file, (ulong)at));
            }
        }
    }

    public override string Name => "memory-table";

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        _input = bytes.ToArray();
        OnWorker(() => Must(!FuzzFds.AreLeftOpenBy(RunSession), "no descriptor stays open"));
    }

    public override void Dispose()
    {
        base.Dispose();
        _spare.Dispose();
        _fds.Dispose();
    }

    private static ulong Content(int file, ulong offset) => ((ulong)(file + 1) << 32) | offset;

    private void RunSession()
    {
        var input = new FuzzInput(_input);
        _known.Clear();
        using var session = new Session(_backend);
        session.Open();
        session.ProtocolFeatures = ProtocolFeatures.ConfigureMemSlots;
        for (int i = 0; i < MostMessages && !input.IsEmpty; i++)
        {
            Step(ref input, session);
            Compare(session.Memory.Current);
        }
    }

    private void Step(ref FuzzInput input, Session session)
    {
        byte what = input.Byte();
        int count = (what & 3) == 0 ? (what >> 2) % 10 : 1;
        KnownRegion[] regions = new KnownRegion[count];
        foreach (ref KnownRegion region in regions.AsSpan())
        {
            byte how = input.Byte();
            region = (how & 0x80) != 0 && _known.Count > 0 ? _known[how % _known.Count] : Take(ref input, how & 1);
        }

        switch (what & 3)
        {
            case 0:
                Set(session, regions, (what & 0x80) != 0 ? input.Byte() % 10 : count);
                break;
            case 1 or 2:
                Add(session, regions[0]);
                break;
            default:
                Remove(session, regions[0]);
                break;
        }
    }

    private static KnownRegion Take(ref FuzzInput input, int file)
    {
        byte high = input.Byte();
        ulong guest = FuzzWords.Take(ref input) | ((high & 1) != 0 ? (ulong)FuzzWords.Take(ref input) << 32 : 0);
        ulong size = FuzzWords.Take(ref input) | ((high & 2) != 0 ? (ulong)FuzzWords.Take(ref input) << 32 : 0);
        ulong frontend = FuzzWords.Take(ref input) | ((high & 4) != 0 ? (ulong)FuzzWords.Take(ref input) << 32 : 0);
        ulong offset = FuzzWords.Take(ref input) | ((high & 8) != 0 ? (ulong)FuzzWords.Take(ref input) << 32 : 0);
        return new KnownRegion(new MemoryRegion(new(guest), size, new(frontend), offset), file);
    }

    private void Set(Session session, KnownRegion[] regions, int announced)
    {
        byte[] payload = new byte[sizeof(ulong) + (regions.Length * MemoryRegion.PayloadBytes)];
        payload[0] = (byte)announced;
        for (int i = 0; i < regions.Length; i++)
        {
            regions[i].Region.Write(payload.AsSpan(sizeof(ulong) + (i * MemoryRegion.PayloadBytes)));
        }

        bool isRight = announced == regions.Length && announced <= MemoryRegion.MaxInTable;
        bool isTaken = isRight && AreTaken(regions) && regions.Aggregate((UInt128)0, (sum, r) => sum + r.Region.SizeBytes) <= MaxMemory;
        Outcome outcome = Handle(session, VhostUserRequest.SetMemTable, payload, [.. regions.Take(MemoryRegion.MaxInTable).Select(r => _fds[r.File * 2])]);
        Must(outcome.Kind == (isTaken ? OutcomeKind.Done : isRight || (announced <= MemoryRegion.MaxInTable && outcome.Kind == OutcomeKind.Refused) ? OutcomeKind.Refused : OutcomeKind.Malformed), outcome.ToString());
        if (isTaken)
        {
            _known.Clear();
            _known.AddRange(regions);
        }

        Reach($"table {outcome.Kind}");
    }

    private void Add(Session session, KnownRegion region)
    {
        bool isTaken = AreTaken([.. _known, region]) && _known.Aggregate((UInt128)region.Region.SizeBytes, (sum, r) => sum + r.Region.SizeBytes) <= MaxMemory;
        Outcome outcome = Handle(session, VhostUserRequest.AddMemReg, Payload(region), [_fds[region.File * 2]]);
        Must(outcome.Kind == (isTaken ? OutcomeKind.Done : OutcomeKind.Refused), outcome.ToString());
        if (isTaken)
        {
            _known.Add(region);
        }

        Reach($"added {outcome.Kind}");
    }

    private void Remove(Session session, KnownRegion region)
    {
        int index = _known.FindIndex(known => known.Region with { FileOffset = 0 } == region.Region with { FileOffset = 0 });
        Outcome outcome = Handle(session, VhostUserRequest.RemMemReg, Payload(region), []);
        Must(outcome.Kind == (index < 0 ? OutcomeKind.Refused : OutcomeKind.Done));
        if (index >= 0)
        {
            _known.RemoveAt(index);
        }

        Reach($"removed {outcome.Kind}");
    }

    private static bool AreTaken(KnownRegion[] regions) =>
        regions.All(region => region.IsPossible(FuzzFds.MemoryBytes))
        && !regions.Where((region, i) => regions.Skip(i + 1).Any(other => region.Overlaps(other))).Any();

    private static byte[] Payload(KnownRegion region)
    {
        byte[] payload = new byte[sizeof(ulong) + MemoryRegion.PayloadBytes];
        region.Region.Write(payload.AsSpan(sizeof(ulong)));
        return payload;
    }

    /// <summary>Sends a message and has it handled, as a connection does.</summary>
    private static Outcome Handle(Session session, VhostUserRequest request, byte[] payload, OwnedFd[] fds)
    {
        (OwnedFd mine, OwnedFd theirs) = UnixSocket.Pair();
        using (mine)
        using (theirs)
        using (var gatherer = new MessageGatherer())
        {
            byte[] bytes = new byte[VhostUserHeader.SizeBytes + payload.Length];
            new VhostUserHeader((uint)request, VhostUserHeader.Version, (uint)payload.Length).Write(bytes);
            payload.CopyTo(bytes, VhostUserHeader.SizeBytes);
            ScmRights.Send(mine, bytes, fds);
            GatherResult result = gatherer.Gather(theirs);
            if (result != GatherResult.Message)
            {
                return Outcome.Malformed(result.ToString());
            }

            MessageRow row = MessageTable.Find(request)!;
            var message = new Message(gatherer.Payload, gatherer.Fds, new byte[VhostUserHeader.MaxPayloadBytes]);
            return row.AllowsFds(gatherer.Fds.Count) ? row.Handler(session, ref message) : Outcome.Malformed("descriptors");
        }
    }

    private void Compare(GuestMemory? memory)
    {
        Must((memory?.Regions.Length ?? 0) == _known.Count);
        _addresses.RemoveRange(3, _addresses.Count - 3);
        foreach (KnownRegion known in _known)
        {
            ulong guest = known.Region.Guest.Value;
            ulong frontend = known.Region.Frontend.Value;
            _addresses.AddRange([guest, guest - 1, guest + known.Region.SizeBytes - 8, guest + known.Region.SizeBytes - 7, guest + known.Region.SizeBytes, frontend, frontend - 1, frontend + known.Region.SizeBytes - 8]);
        }

        foreach (ulong address in _addresses)
        {
            if (memory is not null)
            {
                LookAt(memory, address);
            }
        }
    }

    private void LookAt(GuestMemory memory, ulong address)
    {
        int index = _known.FindIndex(known => known.Has(address, sizeof(ulong)));
        bool isThere = memory.TryTranslate(new GuestAddress(address), sizeof(ulong), out nint host);
        Must(isThere == (index >= 0));
        if (isThere && (address & 7) == (_known[index].Region.Guest.Value & 7))
        {
            MemoryRegion region = _known[index].Region;
            ulong offset = region.FileOffset + (address - region.Guest.Value);
            Must(offset % 8 != 0 || BinaryPrimitives.ReadUInt64LittleEndian(new IoVector(host, sizeof(ulong)).Span) == Content(_known[index].File, offset), "the byte is the file's");
            Must(memory.TryToGuest(host, out GuestAddress back) && back.Value == address);
            Reach("translated");
        }

        int front = _known.FindIndex(known => known.HasFrontend(address, sizeof(ulong)));
        bool isFront = memory.TryToGuest(new FrontendAddress(address), sizeof(ulong), out GuestAddress guest);
        Must(isFront == (front >= 0) && (!isFront || guest.Value - _known[front].Region.Guest.Value == address - _known[front].Region.Frontend.Value));
    }
}
