namespace FastRing.Console.Endpoints.Hubs;

/// <summary>Clients one behind the other. To join, to leave and to put one line behind another costs the same however long they are.</summary>
internal sealed class ClientLine
{
    private readonly Place _ends = new(null); // Next is the first, Previous the last.

    /// <summary>The first; null: nobody stands here.</summary>
    public HubClient? First => _ends.Next.Client;

    /// <summary>Puts a client at the end, from wherever it stood.</summary>
    public void Join(HubClient client)
    {
        client.Place.Leave();
        client.Place.JoinBefore(_ends);
    }

    /// <summary>Puts all of another line at the end of this.</summary>
    public void JoinAll(ClientLine others) => others._ends.MoveOthersBefore(_ends);

    /// <summary>A place in a line, or in none.</summary>
    internal sealed class Place
    {
        public Place(HubClient? client)
        {
            Client = client;
            Next = Previous = this;
        }

        public HubClient? Client { get; }

        public Place Next { get; private set; }

        public Place Previous { get; private set; }

        /// <summary>In some line.</summary>
        public bool IsTaken => Next != this;

        public void Leave()
        {
            (Previous.Next, Next.Previous) = (Next, Previous);
            Next = Previous = this;
        }

        public void JoinBefore(Place next)
        {
            (Previous, Next) = (next.Previous, next);
            Previous.Next = next.Previous = this;
        }

        public void MoveOthersBefore(Place next)
        {
            if (IsTaken)
            {
                (Next.Previous, next.Previous.Next) = (next.Previous, Next);
                (Previous.Next, next.Previous) = (next, Previous);
                Next = Previous = this;
            }
        }
    }
}
