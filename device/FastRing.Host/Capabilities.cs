using System.CommandLine;

namespace FastRing.Host;

/// <summary>QEMU's <c>--print-capabilities</c> for vhost-user backend programs: prints JSON and exits, whatever else was said.</summary>
internal static class Capabilities
{
    public static void AddTo(RootCommand root)
    {
        Option<bool> option = Option();
        root.Add(option);
        root.SetAction(parsed =>
        {
            if (parsed.GetValue(option))
            {
                Print();
                return 0;
            }

            throw new UsageException("say what to do: serve or demo; --help tells more");
        });
    }

    public static Option<bool> Option() => new("--print-capabilities") { Description = "Print what this backend is, as JSON for QEMU and libvirt, and exit." };

    public static void Print() => System.Console.WriteLine("""{"type": "console"}""");
}
