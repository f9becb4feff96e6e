namespace FastRing.Console.Endpoints.Hubs;

/// <summary>Those who look after a hub's clients.</summary>
internal interface IHubClients
{
    /// <summary>A client's socket is readable, writable or gone.</summary>
    void HasWork(HubClient client);
}
