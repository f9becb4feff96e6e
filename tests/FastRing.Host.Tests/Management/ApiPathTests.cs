using FastRing.Host.Management;

namespace FastRing.Host.Tests.Management;

/// <summary>Where the API's socket is when nobody says.</summary>
public sealed class ApiPathTests
{
    [Theory]
    [InlineData("/x/api.sock", true, "/run/user/0", "/x/api.sock")]
    [InlineData(null, true, "/run/user/0", "/run/fastring/api.sock")]
    [InlineData("", false, "/run/user/5", "/run/user/5/fastring/api.sock")]
    public void The_variable_goes_first_then_who_one_is(string? variable, bool isRoot, string? runtimeFolder, string expected) =>
        Assert.Equal(expected, ApiPath.Of(variable, isRoot, runtimeFolder));

    [Fact]
    public void A_user_without_a_runtime_folder_is_told_what_to_say() =>
        Assert.Contains("FASTRING_API", Assert.Throws<UsageException>(() => ApiPath.Of(null, false, null)).Message, StringComparison.Ordinal);
}
