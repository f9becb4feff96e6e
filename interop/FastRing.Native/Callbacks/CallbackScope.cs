namespace FastRing.Native.Callbacks;

/// <summary>
/// While a callback runs: its thread, a worker most often, must not wait for a worker. A thread-local count, so callbacks within callbacks (a log line) come out right.
/// </summary>
internal readonly ref struct CallbackScope
{
    [ThreadStatic]
    private static int t_depth;

    private readonly int _before;

    private CallbackScope(int before) => _before = before;

    public static CallbackScope Enter() => new(t_depth++);

    /// <exception cref="AbiException">The call came from within a callback.</exception>
    public static void ThrowIfInside()
    {
        if (t_depth > 0)
        {
            throw new AbiException(ErrorCode.Reentrant, "the call waits for a worker and must not come from within a callback");
        }
    }

    public void Dispose() => t_depth = _before;
}
