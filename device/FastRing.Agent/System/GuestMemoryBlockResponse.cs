namespace FastRing.Agent;

/// <summary>What became of a block that was to change (<c>GuestMemoryBlockResponse</c>).</summary>
/// <param name="PhysIndex">Its number.</param>
/// <param name="Response"><c>success</c>, <c>not-found</c>, <c>operation-not-supported</c> or <c>operation-failed</c>.</param>
/// <param name="ErrorCode">The guest's errno when it failed.</param>
public sealed record GuestMemoryBlockResponse(ulong PhysIndex, string Response, int? ErrorCode = null)
{
    /// <summary>Whether the block is now as it was asked to be.</summary>
    public bool Succeeded => Response == "success";
}
