namespace FastRing.Benchmarks.Queues;

/// <summary>What a chain is made of; each of its buffers has <see cref="FullRing.BufferBytes"/> that the device reads.</summary>
public enum ChainShape
{
    /// <summary>One descriptor.</summary>
    One = 1,

    /// <summary>Two descriptors.</summary>
    Two = 2,

    /// <summary>Four descriptors.</summary>
    Four = 4,

    /// <summary>One descriptor that points to a table of four.</summary>
    IndirectFour,
}

internal static class ChainShapes
{
    public static bool IsIndirect(this ChainShape shape) => shape == ChainShape.IndirectFour;

    /// <summary>Buffers of a chain.</summary>
    public static int Buffers(this ChainShape shape) => shape.IsIndirect() ? 4 : (int)shape;

    /// <summary>Entries of the ring that a chain takes.</summary>
    public static int Slots(this ChainShape shape) => shape.IsIndirect() ? 1 : (int)shape;
}
