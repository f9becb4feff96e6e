namespace FastRing.EndToEnd.Hostile;

/// <summary>Attacks on the real daemon from every side it has, under one rule: <see cref="Oracle"/>.</summary>
[Collection(nameof(Alone))]
public sealed class HostileWorldTests(HostileWorld world) : IClassFixture<HostileWorld>
{
    public static TheoryData<string> Names => [.. Attacks.All.Select(a => a.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task An_attack_costs_the_attacker_and_nobody_else(string name) => Oracle.AssertHarmlessAsync(world, Attacks.All.Single(a => a.Name == name));

    [Fact]
    public async Task A_Linux_guest_finds_the_device_as_good_as_new_where_the_attacks_went()
    {
        await Oracle.AssertHarmlessAsync(world, Attacks.All.First(a => a.Counted?.ContainsKey("brokenQueues") == true));
        Assert.Equal("as good as new\n", await world.UseAttackedAsync());
    }
}
