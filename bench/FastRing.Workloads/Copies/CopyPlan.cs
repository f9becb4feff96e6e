using FastRing.Memory;

namespace FastRing.Workloads.Copies;

/// <summary>What is copied.</summary>
/// <param name="BufferBytes">Bytes of a buffer.</param>
/// <param name="Buffers">Buffers under way at the most; they are used in turn.</param>
/// <param name="IntoGuest">The device writes the buffers instead of reading them.</param>
internal sealed record CopyPlan(int BufferBytes, int Buffers, bool IntoGuest)
{
    private const int RunBytes = 64 << 20;
    private const int FootprintBytes = 4 << 20;

    public static CopyPlan For(int bufferBytes, bool intoGuest) =>
        new(bufferBytes, Math.Clamp(FootprintBytes / bufferBytes, 4, 64), intoGuest);

    public ulong GuestBytes => (ulong)BufferBytes * (ulong)Buffers;

    /// <summary>Buffers of a run: as many as come to 64 MiB, at most a million.</summary>
    public int RunBuffers => Math.Clamp(RunBytes / BufferBytes, Buffers, 1 << 20) / Buffers * Buffers;

    public GuestAddress Buffer(int index) => new((ulong)index * (ulong)BufferBytes);
}
