using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.EndToEnd.Migration;

/// <summary>One device's end of a <see cref="Conversation"/>.</summary>
internal sealed class ConversationEndpoint(Conversation conversation) : IHostEndpoint
{
    private IEndpointObserver? _observer;

    public bool IsOpen => true;

    public bool MayHaveInput => conversation.HasSupply;

    public void Start(Worker worker, IEndpointObserver observer) => _observer = observer;

    /// <summary>On the worker.</summary>
    public void Allow(long room, long supply)
    {
        conversation.Allow(room, supply);
        _observer!.OutputPossible();
        _observer.InputPossible();
    }

    public nint Write(ReadOnlySpan<IoVector> segments) => conversation.Take(segments);

    public nint Read(ReadOnlySpan<IoVector> segments) => conversation.Give(segments);

    public void GuestOpenChanged(bool open)
    {
    }

    public void Dispose()
    {
    }
}
