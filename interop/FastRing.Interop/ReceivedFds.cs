namespace FastRing.Interop;

/// <summary>Owns the descriptors that came with a message until each is taken. Reusable without allocation.</summary>
public sealed class ReceivedFds : IDisposable
{
    /// <summary>The most descriptors one message may bring; more are a protocol error.</summary>
    public const int Capacity = 16;

    private const int Taken = -1;
    private readonly int[] _fds = new int[Capacity];

    /// <summary>How many descriptors came since the last <see cref="CloseAll"/>, taken ones included.</summary>
    public int Count { get; private set; }

    /// <summary>Descriptors were lost (MSG_CTRUNC) or did not fit. Everything has already been closed: fail the message.</summary>
    public bool Truncated { get; private set; }

    /// <summary>Hands one descriptor over to the caller.</summary>
    /// <param name="index">Its position in the message, below <see cref="Count"/>.</param>
    /// <exception cref="InvalidOperationException">It was taken before.</exception>
    public OwnedFd Take(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        int fd = _fds[index];
        if (fd == Taken)
        {
            throw new InvalidOperationException($"Descriptor {index} was already taken.");
        }

        OwnedFd owner = new(fd);
        _fds[index] = Taken;
        return owner;
    }

    /// <summary>Closes what was not taken and makes the list ready for the next message.</summary>
    public void CloseAll()
    {
        CloseUntaken();
        Truncated = false;
    }

    /// <summary>Closes what was not taken.</summary>
    public void Dispose() => CloseAll();

    /// <summary>Becomes the owner of <paramref name="arrived"/>, or closes them all together with the older ones.</summary>
    /// <param name="arrived">Open descriptors.</param>
    /// <param name="lost">The kernel had more of them than it delivered.</param>
    internal void Append(ReadOnlySpan<int> arrived, bool lost)
    {
        Truncated |= lost || arrived.Length > Capacity - Count;
        if (Truncated)
        {
            Close(arrived);
            CloseUntaken();
            return;
        }

        arrived.CopyTo(_fds.AsSpan(Count));
        Count += arrived.Length;
    }

    private static void Close(ReadOnlySpan<int> fds)
    {
        foreach (int fd in fds)
        {
            if (fd != Taken)
            {
                _ = Libc.close(fd);
            }
        }
    }

    private void CloseUntaken()
    {
        Close(_fds.AsSpan(0, Count));
        Count = 0;
    }
}
