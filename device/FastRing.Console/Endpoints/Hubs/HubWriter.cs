namespace FastRing.Console.Endpoints.Hubs;

/// <summary>Whose bytes go to the guest.</summary>
public enum HubWriter
{
    /// <summary>Those of the client that is there the longest.</summary>
    First,

    /// <summary>Nobody's: what clients send is read and thrown away.</summary>
    None,
}
