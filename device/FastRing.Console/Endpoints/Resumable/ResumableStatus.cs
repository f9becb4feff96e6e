namespace FastRing.Console.Endpoints.Resumable;

/// <summary>Where a resumable endpoint's session stands.</summary>
/// <param name="Session">The session.</param>
/// <param name="IsConnected">Its client is there; else it is waited for.</param>
/// <param name="ToHost">Bytes of the guest that the client has.</param>
/// <param name="ToGuest">Bytes of the client that the guest has.</param>
public readonly record struct ResumableStatus(Guid Session, bool IsConnected, ulong ToHost, ulong ToGuest);
