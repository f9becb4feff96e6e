using FastRing.Host.Guests;

namespace FastRing.EndToEnd;

/// <summary>The root folder all guests of the test run share.</summary>
internal static class GuestImage
{
    private static readonly Lazy<Task<GuestRoot>> Prepared = new(async () => await GuestRoot.PrepareAsync(await GuestPackages.FindAsync()));

    public static Task<GuestRoot> Root => Prepared.Value;
}
