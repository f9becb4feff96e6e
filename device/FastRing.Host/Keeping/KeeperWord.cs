namespace FastRing.Host.Keeping;

/// <summary>What keeper and workers say to each other. Numbers and meanings stay from version to version: an upgrade has a worker of another version.</summary>
internal enum KeeperWord : uint
{
    /// <summary>Worker: everything is ready to be opened; the text is the version of this protocol.</summary>
    Waiting = 1,

    /// <summary>Keeper: be the one that serves. With the configuration in force, if there is one, as a file.</summary>
    TakeOver = 2,

    /// <summary>Worker: listen for a guest's VMM, as the JSON of a <see cref="KeptSocket"/> says.</summary>
    Open = 3,

    /// <summary>Keeper: the door that the guest's connections come from.</summary>
    Opened = 4,

    /// <summary>Keeper: why not.</summary>
    NotOpened = 5,

    /// <summary>Worker: a guest is no longer served; the text is its name.</summary>
    Close = 6,

    /// <summary>Worker: all guests are served. What was listened for and not asked for is closed.</summary>
    Serving = 7,

    /// <summary>Worker: the configuration in force, as a file.</summary>
    Configuration = 8,

    /// <summary>Keeper: touch nothing of the guests' any more, and close everything: the next waits for it.</summary>
    Leave = 9,

    /// <summary>Worker: that is done; the process is good for nothing now.</summary>
    Left = 10,

    /// <summary>Keeper: serve as this configuration says from now on; the text is its number.</summary>
    Change = 11,

    /// <summary>Worker: that is done, as far as it can be; the text is the number.</summary>
    Changed = 12,
}
