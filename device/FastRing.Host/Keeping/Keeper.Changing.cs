using System.Globalization;
using FastRing.Interop;

namespace FastRing.Host.Keeping;

/// <content>What it is to do changes, where not the worker but whoever has the keeper reads the configuration.</content>
internal sealed partial class Keeper
{
    private OwnedFd? _wanted; // What a worker is to make of its configuration.
    private int _wantedNumber;

    /// <summary>Has the worker serve as a configuration says, and every later one.</summary>
    /// <returns>True: no worker served, and the next one begins with it, confined to what it names.</returns>
    public bool Change(KeptConfig config)
    {
        _wanted?.Dispose();
        _wanted = config.ToFile();
        _wantedNumber++;
        if (_config is null || _active?.ServingSince is not null || _isEnding)
        {
            TellWanted();
            return false;
        }

        BeginAnew(_wanted);
        _wanted = null;
        return true;
    }

    private void TellWanted()
    {
        if (_wanted is { } wanted && _active is { ServingSince: not null } active)
        {
            active.Say(KeeperWord.Change, _wantedNumber.ToString(CultureInfo.InvariantCulture), wanted);
        }
    }

    /// <summary>Whoever was to serve did not come up, or has not yet, and what is wanted may be why.</summary>
    private void BeginAnew(OwnedFd config)
    {
        _firstConfig.Dispose();
        _config?.Dispose();
        (_firstConfig, _config) = (config, config.Duplicate());
        _pace = new RestartPace();
        foreach (KeptProcess process in Processes())
        {
            process.Signal(ChildProcess.Kill); // The next comes when it is gone.
        }

        if (!Processes().Any())
        {
            Resume();
        }
    }
}
