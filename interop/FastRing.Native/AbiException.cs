namespace FastRing.Native;

/// <summary>A mistake of the caller's, on its way to the export that was called. Not used where rings are worked on.</summary>
internal sealed class AbiException(ErrorCode code, string message) : Exception(message)
{
    public ErrorCode Code => code;
}
