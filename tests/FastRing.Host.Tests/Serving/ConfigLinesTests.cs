using FastRing.Host.Serving;

namespace FastRing.Host.Tests.Serving;

/// <summary>Where members of a JSON file stand.</summary>
public sealed class ConfigLinesTests
{
    private readonly ConfigLines _lines = new(
        """
        {
          "a": [
            { "b": 1,
              "c": { "d": null,
                     "e": [ 1,
                            2 ] } },
            "x"
          ],
          // Nothing.
          "f": "g"
        }
        """u8);

    [Theory]
    [InlineData("", 1)]
    [InlineData("a", 2)]
    [InlineData("a[0]", 3)]
    [InlineData("a[0].b", 3)]
    [InlineData("a[0].c", 4)]
    [InlineData("a[0].c.d", 4)]
    [InlineData("a[0].c.e", 5)]
    [InlineData("a[0].c.e[1]", 6)]
    [InlineData("a[1]", 7)]
    [InlineData("f", 10)]
    public void A_member_has_its_line(string place, int line) => Assert.Equal(line, _lines.Of(place));

    [Theory]
    [InlineData("a[0].z", 3)]
    [InlineData("a[7].z.y", 2)]
    [InlineData("nothing", 1)]
    public void One_that_is_missing_has_the_line_of_what_would_hold_it(string place, int line) => Assert.Equal(line, _lines.Of(place));
}
