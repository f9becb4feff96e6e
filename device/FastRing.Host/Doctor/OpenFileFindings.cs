using System.Globalization;
using FastRing.Host.Serving;
using FastRing.Interop;

namespace FastRing.Host.Doctor;

/// <summary>Whether there are descriptors enough.</summary>
internal static class OpenFileFindings
{
    private const string Limit = "open-files";
    private const string Used = "descriptors";

    public static IEnumerable<Finding> Of(Subject subject)
    {
        // Soft and hard, the runtime makes the first the second when it starts.
        string? limits = subject.Files.Field($"{subject.ProcessFolder}/limits", "Max open files");
        if (limits?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var soft, ..])
        {
            return [Finding.NotKnown(Limit, $"{subject.ProcessFolder}/limits can't be read")];
        }

        long limit = long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : long.MaxValue; // Else "unlimited".
        Finding enough = OfLimit(limit, OpenFileNeed.Of(subject.Guests));
        return subject.Process is null ? [enough] : [enough, OfUsed(subject, limit)];
    }

    private static Finding OfLimit(long limit, long need) => limit >= need
        ? Finding.Ok(Limit, Text($"may have {limit}, needs up to {need}"))
        : new Finding(
            Limit, FindingState.Fails, Text($"may have {limit}, needs up to {need}"), "serve does not start: queues and clients are descriptors, and a process that has none left can't load its own libraries",
            Text($"ulimit -n {need}, or LimitNOFILE={need} of systemd"));

    private static Finding OfUsed(Subject subject, long limit)
    {
        if (subject.Files.Entries($"{subject.ProcessFolder}/fd") is not { } used)
        {
            return Finding.NotKnown(Used, $"{subject.ProcessFolder}/fd can't be read by this user");
        }

        long forClients = limit - OpenFileLimit.Reserve;
        return used < forClients / 10 * 9
            ? Finding.Ok(Used, Text($"{used} in use, {limit - used} left"))
            : new Finding(
                Used, FindingState.Fragile, Text($"{used} in use of {limit}"), Text($"the last {OpenFileLimit.Reserve} are kept from clients: the next ones are turned away"),
                "a higher LimitNOFILE or ulimit -n; fewer clients");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
