namespace FastRing.Queues;

/// <summary>A virtqueue whose driver is notified when all it made available is used, even though it asked for nothing: <c>VIRTIO_F_NOTIFY_ON_EMPTY</c>.</summary>
internal sealed class EmptyNotifyingVirtqueue<TRing>(in TRing ring) : Virtqueue<TRing>(ring)
    where TRing : struct, IDeviceRing
{
    public override bool NotificationDue()
    {
        if (Ring.Undecided == 0)
        {
            return false;
        }

        // The ring's full fence lies between the publication and the look at what is available: who adds a buffer after that look finds the used ones.
        bool wanted = Ring.DriverWantsNotification() || IsEmptied;
        CountDecision(wanted);
        return wanted;
    }

    private bool IsEmptied => !Ring.HasTaken && !HasAvailable;
}
