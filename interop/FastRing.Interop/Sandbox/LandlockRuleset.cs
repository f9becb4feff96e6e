namespace FastRing.Interop.Sandbox;

/// <summary>Which files and TCP ports a thread, and all it starts, may open from now on: landlock(7). Nothing but what is allowed here; what is open already stays so.</summary>
public sealed class LandlockRuleset : IDisposable
{
    private const int NetworkAbi = 4;
    private const int ScopeAbi = 6;
    private const ulong BindTcp = 1;
    private const ulong ConnectTcp = 2;
    private const ulong ScopeAbstractSockets = 1;
    private const ulong ScopeSignals = 2;

    private readonly OwnedFd _ruleset;
    private readonly LandlockAccess _handled;
    private readonly bool _handlesTcp;

    /// <summary>Nothing is allowed yet.</summary>
    /// <param name="tcp">Whether it is about TCP ports too; kernels before ABI 4 can't restrict these.</param>
    /// <param name="abstractSockets">Whether abstract sockets of programs outside stay in reach; kernels before ABI 6 can't restrict these, nor signals.</param>
    /// <exception cref="LinuxException">ENOSYS, EOPNOTSUPP: the kernel has no Landlock. See <see cref="Abi"/>.</exception>
    public unsafe LandlockRuleset(bool tcp, bool abstractSockets)
    {
        int abi = Abi;
        _handled = HandledBy(abi);
        _handlesTcp = tcp && abi >= NetworkAbi;
        var attributes = new Libc.LandlockRulesetAttributes
        {
            HandledFiles = (ulong)_handled,
            HandledNetwork = _handlesTcp ? BindTcp | ConnectTcp : 0,
            Scoped = abi < ScopeAbi ? 0 : ScopeSignals | (abstractSockets ? 0 : ScopeAbstractSockets),
        };

        // A kernel that knows no more than the first members is given no more.
        nint bytes = abi >= ScopeAbi ? sizeof(Libc.LandlockRulesetAttributes) : abi >= NetworkAbi ? 2 * sizeof(ulong) : sizeof(ulong);

        // SAFETY: the kernel reads that many bytes of a local.
        _ruleset = new OwnedFd(Libc.Check((int)Libc.syscall(Libc.SYS_landlock_create_ruleset, (nint)(&attributes), bytes, 0, 0), "landlock_create_ruleset"));
    }

    /// <summary>What the kernel knows of Landlock, a number that grows; 0: nothing, or it is switched off.</summary>
    public static int Abi { get; } = Math.Max((int)Libc.syscall(Libc.SYS_landlock_create_ruleset, 0, 0, Libc.LANDLOCK_CREATE_RULESET_VERSION, 0), 0);

    /// <summary>Allows what can be done with a file, or with a folder and everything below it, now or later.</summary>
    /// <param name="path">The file or folder; links are followed. One that is not there, or out of reach, is passed over: nothing can be opened there.</param>
    /// <param name="access">What is allowed; of a file, what only folders have is passed over.</param>
    /// <exception cref="LinuxException">landlock_add_rule(2) failed.</exception>
    public unsafe void Allow(string path, LandlockAccess access)
    {
        const LandlockAccess OfFiles = LandlockAccess.Execute | LandlockAccess.WriteFile | LandlockAccess.ReadFile | LandlockAccess.Truncate | LandlockAccess.ControlDevice;
        int opened = OwnedFd.TryOpen(path, Libc.O_PATH);
        if (opened < 0)
        {
            return;
        }

        using var file = new OwnedFd(opened);
        LandlockAccess allowed = access & _handled & (file.IsFolder() ? ~LandlockAccess.None : OfFiles);
        var rule = new Libc.LandlockPathBeneath { Allowed = (ulong)allowed, Parent = file.Fd };
        if (allowed != LandlockAccess.None)
        {
            // SAFETY: a local of the size the kernel reads.
            Libc.Check((int)Libc.syscall(Libc.SYS_landlock_add_rule, _ruleset.Fd, Libc.LANDLOCK_RULE_PATH_BENEATH, (nint)(&rule), 0), "landlock_add_rule");
        }
    }

    /// <summary>Allows to listen on a TCP port; 0: on one that the kernel chooses.</summary>
    /// <exception cref="LinuxException">landlock_add_rule(2) failed.</exception>
    public void AllowListen(int port) => AllowTcp(port, BindTcp);

    /// <summary>Allows to connect to a TCP port, of any machine.</summary>
    /// <exception cref="LinuxException">landlock_add_rule(2) failed.</exception>
    public void AllowConnect(int port) => AllowTcp(port, ConnectTcp);

    /// <summary>
    /// Holds from now on for the calling thread, and for the threads and programs it starts. Other threads of the process stay as they are: to hold for all, it is
    /// followed by <see cref="ProgramImage.Replace"/>. It can't be taken back.
    /// </summary>
    /// <exception cref="LinuxException">EPERM: <see cref="Privileges.ForbidNew"/> was not called.</exception>
    public void RestrictThread() => Libc.Check((int)Libc.syscall(Libc.SYS_landlock_restrict_self, _ruleset.Fd, 0, 0, 0), "landlock_restrict_self");

    /// <summary>Closes the rules; who is restricted by them stays so.</summary>
    public void Dispose() => _ruleset.Dispose();

    internal static LandlockAccess HandledBy(int abi)
    {
        LandlockAccess handled = (LandlockAccess)(((ulong)LandlockAccess.MakeLink << 1) - 1);
        handled |= abi >= 2 ? LandlockAccess.Refer : 0;
        handled |= abi >= 3 ? LandlockAccess.Truncate : 0;
        return handled | (abi >= 5 ? LandlockAccess.ControlDevice : 0);
    }

    private unsafe void AllowTcp(int port, ulong access)
    {
        var rule = new Libc.LandlockNetPort { Allowed = access, Port = checked((ushort)port) };
        if (_handlesTcp)
        {
            // SAFETY: a local of the size the kernel reads.
            Libc.Check((int)Libc.syscall(Libc.SYS_landlock_add_rule, _ruleset.Fd, Libc.LANDLOCK_RULE_NET_PORT, (nint)(&rule), 0), "landlock_add_rule");
        }
    }
}
