namespace FastRing.Tests.Torture.Unfenced;

/// <summary>Words that two threads share, each on cache lines of its own.</summary>
internal sealed class SharedWords(int count)
{
    private const int Stride = 32; // of 4 bytes

    private readonly int[] _words = GC.AllocateArray<int>((count + 1) * Stride, pinned: true);

    public ref int this[int index] => ref _words[(index + 1) * Stride];
}
