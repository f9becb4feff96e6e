using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FastRing.Interop.Sandbox;

namespace FastRing.Interop.Tests.Sandbox;

/// <summary>The numbers beside those of Linux' headers (linux-libc-dev, which the C compiler of the tests needs).</summary>
public sealed partial class SystemCallNumberTests
{
    [Theory]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", Architecture.X64)]
    [InlineData("/usr/include/asm-generic/unistd.h", Architecture.Arm64)]
    public void All_are_those_of_the_headers(string header, Architecture architecture)
    {
        // Of the generic header's two tables the 64-bit one: __NR3264_fcntl is fcntl; two are named apart there.
        Dictionary<string, uint> numbers = Defined().Matches(File.ReadAllText(header))
            .GroupBy(m => m.Groups["name"].Value).ToDictionary(g => g.Key, g => uint.Parse(g.Last().Groups["number"].Value, CultureInfo.InvariantCulture));
        if (architecture == Architecture.Arm64)
        {
            numbers["newfstatat"] = numbers["fstatat"];
        }

        int compared = 0;
        foreach (string name in SystemCallNumber.Names)
        {
            uint? here = SystemCallNumber.Of(name, architecture);
            if (numbers.TryGetValue(name, out uint there) && here is not null)
            {
                Assert.True(here == there, $"{name}: {here}, not {there}");
                compared++;
            }
        }

        Assert.InRange(compared, 180, 250);
    }

    [GeneratedRegex(@"#define\s+__NR(3264)?_(?<name>\w+)\s+(?<number>\d+)")]
    private static partial Regex Defined();
}
