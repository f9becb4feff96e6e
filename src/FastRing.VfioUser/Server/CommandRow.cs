namespace FastRing.VfioUser.Server;

/// <summary>Does what one command asks.</summary>
/// <returns>0, or an errno.</returns>
internal delegate int CommandHandler(ClientSession session, ref Command command);

/// <summary>What one command must look like and who handles it.</summary>
internal sealed record CommandRow(int MinBytes, int MaxBytes, int MaxFds, CommandHandler Handler)
{
    public bool AllowsPayload(int bytes) => bytes >= MinBytes && bytes <= MaxBytes;
}
