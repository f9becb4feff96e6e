using System.Collections;
using FastRing.Interop.Sandbox;

namespace FastRing.Sandboxed;

/// <summary>A kernel, or a container, that does not have everything.</summary>
internal static class Poorer
{
    private const int NotThere = 38; // ENOSYS

    /// <summary>Runs a program in this one's place, for which a system call is not there.</summary>
    public static void Become(string call, string program, string[] arguments)
    {
        Privileges.ForbidNew();
        new SeccompFilter().Add(SeccompAction.Fail(NotThere), call).AddOtherwise(SeccompAction.Allow, SeccompAction.Allow).Install();
        ProgramImage.Replace(
            program, arguments, Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? "")));
    }
}
