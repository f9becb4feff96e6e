namespace FastRing.Native;

/// <summary><c>enum fr_error</c>: which kind of mistake a call met with.</summary>
internal enum ErrorCode
{
    Ok = 0,
    Argument = -1,
    Handle = -2,
    Size = -3,
    Thread = -4,
    Reentrant = -5,
    State = -6,
    Broken = -7,
    System = -8,
    Timeout = -9,
    Space = -10,
    Limit = -11,
    NoMemory = -12,
    Internal = -13,
}
