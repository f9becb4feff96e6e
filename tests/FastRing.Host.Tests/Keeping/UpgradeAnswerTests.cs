using FastRing.Host.Keeping;
using FastRing.Workers;

namespace FastRing.Host.Tests.Keeping;

public sealed class UpgradeAnswerTests
{
    [Fact]
    public async Task An_upgrade_that_went_well_is_not_undone_while_its_answer_waits()
    {
        using var worker = new Worker("keeper", e => throw e);
        var told = new TaskCompletionSource<(int? Process, string? Why)>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isGivenUp = false;
        await worker.InvokeAsync(() =>
        {
            var upgrade = new Upgrade("/bin/true", (process, why) => told.SetResult((process, why)));
            upgrade.Failed += _ => isGivenUp = true;
            upgrade.Succeed(7, worker, TimeSpan.FromMilliseconds(1));
            upgrade.Fail("its worker did not get ready in time");
            Assert.False(told.Task.IsCompleted);
        });
        Assert.Equal((7, null), await told.Task);
        Assert.False(isGivenUp);
    }
}
