using FastRing.Console.Ports;

namespace FastRing.Console.Endpoints;

/// <summary>What an endpoint tells its port. Worker thread only.</summary>
public interface IEndpointObserver
{
    /// <summary>A console: its guest does not wait, so what <see cref="IHostEndpoint.Write"/> does not take at once is discarded.</summary>
    bool IsConsole { get; }

    /// <summary>Name of the port; empty: by number only.</summary>
    string Name => "";

    /// <summary>What its guest is called in messages; empty: nothing.</summary>
    string Guest => "";

    /// <summary>Whether the guest has the port open.</summary>
    bool IsGuestOpen { get; }

    /// <summary>Who is talking to whom.</summary>
    PortSession Session { get; }

    /// <summary>The guest's buffers, to work in them in place.</summary>
    IGuestBuffers Buffers { get; }

    /// <summary><see cref="IHostEndpoint.IsOpen"/> changed. To be told of every change: between two clients it is closed.</summary>
    void HostOpenChanged();

    /// <summary>
    /// <see cref="IResumableEndpoint.Session"/> is another, or none any more: its positions begin at 0. To be called before its client hears of it, with nothing in the guest's buffers that is
    /// not published; from the return on the session outlives the process.
    /// </summary>
    void SessionChanged()
    {
    }

    /// <summary><see cref="IHostEndpoint.Read"/> may have something again.</summary>
    void InputPossible();

    /// <summary><see cref="IHostEndpoint.Write"/> may take something again.</summary>
    void OutputPossible();

    /// <summary>Somebody was let in on the host's side.</summary>
    /// <param name="who">For an audit: process and user, or address.</param>
    void ClientAccepted(string who);

    /// <summary>Somebody was turned away on the host's side.</summary>
    /// <param name="who">For an audit: process and user, or address.</param>
    /// <param name="why">The rule that turned it away.</param>
    void ClientRefused(string who, string why);

    /// <summary>The terminal at the host's end has another size, which a console's guest is told.</summary>
    void SizeChanged(ConsoleSize size)
    {
    }

    /// <summary>The endpoint failed in a way its user should hear of. Logged, at a limited rate.</summary>
    void Report(string problem);
}
