namespace FastRing.Host.Management.Contract;

/// <summary>Where the session of a resumable port stands.</summary>
/// <param name="Id">The session.</param>
/// <param name="IsConnected">Its client is there; else it is waited for.</param>
/// <param name="ToHost">Bytes of the guest that the client has acknowledged.</param>
/// <param name="ToGuest">Bytes of the client that the guest has.</param>
internal sealed record SessionState(Guid Id, bool IsConnected, ulong ToHost, ulong ToGuest);
