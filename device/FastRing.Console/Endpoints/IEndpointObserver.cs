namespace FastRing.Console.Endpoints;

/// <summary>What an endpoint tells its port. Worker thread only.</summary>
public interface IEndpointObserver
{
    /// <summary>Whether the guest has the port open.</summary>
    bool IsGuestOpen { get; }

    /// <summary><see cref="IHostEndpoint.IsOpen"/> changed.</summary>
    void HostOpenChanged();

    /// <summary><see cref="IHostEndpoint.Read"/> may have something again.</summary>
    void InputPossible();

    /// <summary><see cref="IHostEndpoint.Write"/> may take something again.</summary>
    void OutputPossible();

    /// <summary>The endpoint failed in a way its user should hear of. Logged, at a limited rate.</summary>
    void Report(string problem);
}
