namespace FastRing.EndToEnd.Installing;

/// <summary>A whole run has the packages built from its beginning on, with what processors other tests leave over: it takes minutes that nobody then waits for.</summary>
public sealed class PackagesBeforehand
{
    /// <summary>tests/run.sh sets it when it runs all tests.</summary>
    private const string Whole = "FASTRING_WHOLE_RUN";

    public PackagesBeforehand()
    {
        if (Environment.GetEnvironmentVariable(Whole) is not null)
        {
            _ = BuiltPackages.Folder;
        }
    }
}
