namespace FastRing.Console.Driver;

/// <summary>How much guest memory a driver spends on a port.</summary>
/// <param name="ReceiveCount">Receive buffers, at most the ring's entries.</param>
/// <param name="ReceiveBytes">Bytes of each. Linux takes a page.</param>
/// <param name="TransmitCount">Transmit buffers, at most the ring's entries.</param>
/// <param name="TransmitBytes">Bytes of each. Linux writes 32 KiB at the most.</param>
public sealed record DriverBuffers(int ReceiveCount = 64, int ReceiveBytes = 4096, int TransmitCount = 16, int TransmitBytes = 32768);
