namespace FastRing.Transports;

/// <summary>A level-triggered interrupt: virtio-mmio's, or a PCI function's INTx. Called on the device's worker; must not throw.</summary>
public interface IInterruptLine
{
    /// <summary>The line is to be as said, which it may be already.</summary>
    /// <param name="asserted">Whether the device asks for attention, which it does until the driver has acknowledged everything.</param>
    void SetLine(bool asserted);
}
