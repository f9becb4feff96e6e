namespace FastRing.Examples.Vsock;

/// <summary><c>VIRTIO_VSOCK_OP_*</c> (virtio 1.2, 5.10.6).</summary>
internal enum VsockOperation : ushort
{
    Request = 1,
    Response = 2,
    Reset = 3,
    Shutdown = 4,
    Data = 5,          // RW
    CreditUpdate = 6,
    CreditRequest = 7,
}
