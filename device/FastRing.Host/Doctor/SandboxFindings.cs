using System.Globalization;
using FastRing.Interop.Sandbox;

namespace FastRing.Host.Doctor;

/// <summary>What would be left if a guest found a way in.</summary>
internal static class SandboxFindings
{
    private const string Landlock = "landlock";
    private const string Seccomp = "seccomp";
    private const string Given = "sandbox";
    private const int OfTcp = 4; // Landlock ABIs, see landlock(7).
    private const int OfScopes = 6;

    public static IEnumerable<Finding> Of(Subject subject)
    {
        if (subject.Process is null)
        {
            yield return OfConfig(subject);
        }
        else
        {
            yield return OfProcess(subject);
            yield return OfUser(subject);
        }

        if (subject.Sandbox != SandboxMode.Off)
        {
            yield return OfLandlock(subject);
            yield return OfSeccomp(subject);
        }
    }

    private static Finding OfConfig(Subject subject) => subject.Sandbox == SandboxMode.Off
        ? new Finding(Given, FindingState.Fragile, "off", "who gets the better of the daemon has all that its user has", "\"sandbox\": {\"mode\": \"on\"}")
        : Finding.Ok(Given, subject.Config is null ? "on, unless serve is told otherwise" : subject.Sandbox.ToString().ToLowerInvariant());

    /// <summary>2: its system calls are filtered (proc(5), "Seccomp").</summary>
    private static Finding OfProcess(Subject subject) => subject.Files.Field($"{subject.ProcessFolder}/status", "Seccomp:") switch
    {
        null => Finding.NotKnown(Given, $"{subject.ProcessFolder}/status does not say"),
        "2" => Finding.Ok(Given, "system calls are filtered"),
        _ => new Finding(Given, FindingState.Fragile, "system calls are not filtered", "who gets the better of the daemon has all that its user has", "start it without --sandbox off"),
    };

    private static Finding OfUser(Subject subject)
    {
        const string User = "user";
        string[] ids = subject.Files.Field($"{subject.ProcessFolder}/status", "Uid:")?.Split('\t') ?? [];
        return ids switch
        {
            [_, "0", ..] => new Finding(User, FindingState.Fragile, "root", "who gets the better of the daemon is root", "--user NAME, or User=NAME of systemd"),
            [_, var id, ..] => Finding.Ok(User, $"uid {MachineFiles.Shown(id)}"),
            _ => Finding.NotKnown(User, $"{subject.ProcessFolder}/status does not say"),
        };
    }

    private static Finding OfLandlock(Subject subject)
    {
        int abi = subject.LandlockAbi;
        if (abi > 0)
        {
            string missing = abi < OfTcp ? "; TCP ports are not restricted (Linux 6.7), nor signals and abstract sockets (6.12)" : abi < OfScopes ? "; signals and abstract sockets are not restricted (Linux 6.12)" : "";
            return Finding.Ok(Landlock, string.Create(CultureInfo.InvariantCulture, $"version {abi}{missing}"));
        }

        const string Change = "Linux 5.13 or newer, built with CONFIG_SECURITY_LANDLOCK and with landlock among lsm= of its command line";
        return subject.Sandbox == SandboxMode.Strict
            ? new Finding(Landlock, FindingState.Fails, "not there", "serve --sandbox strict does not start", $"{Change}; or --sandbox on")
            : new Finding(Landlock, FindingState.Fragile, "not there", "the daemon can open every file that its user can", Change);
    }

    private static Finding OfSeccomp(Subject subject) => subject.Files.Text("proc/self/status") switch
    {
        null => Finding.NotKnown(Seccomp, "proc/self/status can't be read"),
        string status when status.Contains("\nSeccomp:", StringComparison.Ordinal) => Finding.Ok(Seccomp, "there"),
        _ => new Finding(Seccomp, FindingState.Fails, "not there", "serve does not start: its system calls can't be filtered", "a kernel with CONFIG_SECCOMP_FILTER; or --sandbox off"),
    };
}
