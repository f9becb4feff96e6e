namespace FastRing.Console.Ports;

/// <content>What the driver was told of the number, and what it said: who the bytes are for that are on their way.</content>
internal sealed partial class PortSlot
{
    private bool _isKnown;    // The driver was told of a port here.
    private bool _isLeaving;  // It is to hear, or heard, that this one is gone, and has not dealt with that.
    private bool _isReused;   // It has known another port here before: what it says may still mean that one.
    private bool _openTold;   // What it was told last of the host's side.
    private bool _tellsAgain; // It said PORT_READY since, and may have forgotten.
    private bool _isDraining; // What the guest sends is for a client, or a port, that is gone.
    private bool _isGoneHeard; // The driver has dealt with that: what it sends from now on is not.

    public PendingControl Pending { get; private set; }

    /// <summary>The first of <see cref="Pending"/>: the flags are in the order of sending.</summary>
    public PendingControl NextPending => Pending & (PendingControl)(-(sbyte)Pending);

    public bool IsInControlLine { get; set; }

    /// <summary>What the driver is to believe of the host's side: closed until it has dealt with the last client's leaving.</summary>
    public bool IsOpenTold => Port.IsHostOpen && !_isDraining;

    /// <summary>What the driver says of this number means a port that is gone: it has not been told of the one that is here now.</summary>
    public bool IsUntold => _isLeaving || (_isReused && (Pending & PendingControl.Add) != 0);

    /// <summary>A port takes the number.</summary>
    public void Occupy(PortOptions options)
    {
        Port = new Port(this, options);
        PortChanged();
        Announce();
    }

    /// <summary>The port goes: what its guest has sent goes back to it, and the driver is told.</summary>
    public void Vacate()
    {
        ReleaseBuffers();
        _receive?.PutBack();
        if (_isKnown && _device.IsMultiport)
        {
            _isLeaving = _isReused = true;
            Pending = PendingControl.None;
            SetPending(PendingControl.Remove);
        }

        Pending &= PendingControl.Remove;
        _isDraining = _isLeaving || _transmit is not null;
        _isGoneHeard = !_isLeaving;
        _isKnown = _openTold = _tellsAgain = false;
        Port = new Port(this, options: null);
        PortChanged();
        Wake();
    }

    /// <summary>The driver is to hear of the port, if there are both.</summary>
    public void Announce()
    {
        if (!IsVacant && !_isLeaving && _device.IsDriverReady)
        {
            SetPending(PendingControl.Add);
        }
    }

    /// <summary>PORT_READY: what the driver needs to know, in QEMU's order.</summary>
    public void DriverReady()
    {
        _isKnown = _tellsAgain = true;
        Port.DriverReady();
        SetPending((Port.IsConsole ? PendingControl.Console : 0) | (Port.Name.Length > 0 ? PendingControl.Name : 0)
            | (Port.Size is null ? 0 : PendingControl.Resize));
        UpdatePendingOpen();
        Wake();
    }

    /// <summary>PORT_OPEN from the driver; the same state again is nothing new.</summary>
    public void DriverOpened(bool open)
    {
        // Also before PORT_READY: Linux makes the file before it says so, and a program may be waiting for it.
        if (open == Port.IsGuestOpen)
        {
            return;
        }

        if (!open)
        {
            ReleaseBuffers();
            _receive?.PutBack();
        }

        Port.GuestOpened(open);
        Wake();
    }

    /// <summary>The driver is gone or starts anew: nothing it said holds any more.</summary>
    public void DriverReset()
    {
        Port.DriverReset();
        TransmitReset();
        ReceiveReset();
        _isKnown = _isLeaving = _isReused = _openTold = _tellsAgain = _isDraining = _isGoneHeard = false;
        Pending = PendingControl.None;
        SessionChanged();
    }

    /// <summary>The terminal has another size.</summary>
    public void Resized() => SetPending(Port.IsReady ? PendingControl.Resize : PendingControl.None);

    /// <summary>The host's client left.</summary>
    public void HostLeft()
    {
        bool discards = Port is { IsConsole: false, WhenClientLeaves: DisconnectPolicy.Discard };
        if (discards && !_isDraining && (_openTold || _transmit is not null || _isTransmitPaused))
        {
            StartDrain();
        }
    }

    /// <summary>What the guest sends is for somebody who is gone, until it knows.</summary>
    private void StartDrain()
    {
        ReleaseBuffers();
        _isDraining = true;
        _isGoneHeard = !_openTold;
    }

    /// <summary><see cref="NextPending"/> was said, or is given up.</summary>
    /// <returns>True when the slot wants to hear that the driver has dealt with it.</returns>
    public bool Told()
    {
        PendingControl what = NextPending;
        Pending &= ~what;
        _isKnown |= what == PendingControl.Add;
        if (what == PendingControl.Open)
        {
            _openTold = IsOpenTold;
            _tellsAgain = false;
            return !_openTold;
        }

        return what == PendingControl.Remove;
    }

    /// <summary>The driver has dealt with a message: what it did before that, it has done.</summary>
    public void ControlHeard(PendingControl what)
    {
        if (what == PendingControl.Remove)
        {
            _isLeaving = false;
            Announce();
        }

        if (!_isLeaving)
        {
            _isGoneHeard = _isDraining;
            Wake();
        }
    }

    /// <summary>Everything sent before the driver knew that they are gone has been discarded: the next may come.</summary>
    private void EndDrain()
    {
        if (_isDraining && _isGoneHeard)
        {
            _isDraining = _isGoneHeard = false;
            _device.Keep();
            Wake();
        }
    }

    /// <returns>True when there is a new message to send.</returns>
    private bool UpdatePendingOpen()
    {
        // Compared with what the driver was told last: a host client that comes and goes faster than control buffers do is no news.
        bool isNews = Port.IsReady && (IsOpenTold != _openTold || (_tellsAgain && IsOpenTold));
        bool isPending = (Pending & PendingControl.Open) != 0;
        Pending &= ~PendingControl.Open;
        SetPending(isNews ? PendingControl.Open : PendingControl.None);
        return isNews && !isPending;
    }

    private void SetPending(PendingControl what)
    {
        Pending |= what;
        if (Pending != PendingControl.None)
        {
            _device.Enqueue(this);
        }
    }
}
