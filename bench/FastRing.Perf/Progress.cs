namespace FastRing.Perf;

/// <summary>Tells whoever waits at a terminal what is going on.</summary>
internal static class Progress
{
    public static void Say(string what)
    {
        if (!System.Console.IsErrorRedirected)
        {
            System.Console.Error.WriteLine(what);
        }
    }
}
