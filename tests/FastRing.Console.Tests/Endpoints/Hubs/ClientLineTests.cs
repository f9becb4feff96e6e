using FastRing.Console.Endpoints.Hubs;

namespace FastRing.Console.Tests.Endpoints.Hubs;

/// <summary>Lines, beside plain lists that do the same.</summary>
public sealed class ClientLineTests
{
    [Fact]
    public void Whatever_is_done_to_them_lines_are_as_lists_would_be()
    {
        const int Clients = 20;
        ClientLine.Place[] places = [.. Enumerable.Range(0, Clients).Select(_ => new ClientLine.Place(null))];
        var ends = new[] { new ClientLine.Place(null), new ClientLine.Place(null) };
        var lists = new[] { new List<int>(), [] };
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            int line = random.Next(2);
            int client = random.Next(Clients);
            switch (random.Next(5))
            {
                case 0:
                    ends[1 - line].MoveOthersBefore(ends[line]);
                    lists[line].AddRange(lists[1 - line]);
                    lists[1 - line].Clear();
                    break;
                case 1:
                    places[client].Leave();
                    lists[0].Remove(client);
                    lists[1].Remove(client);
                    break;
                default:
                    places[client].Leave();
                    places[client].JoinBefore(ends[line]);
                    lists[0].Remove(client);
                    lists[1].Remove(client);
                    lists[line].Add(client);
                    break;
            }

            Assert.Equal(lists[0], In(ends[0], places));
            Assert.Equal(lists[1], In(ends[1], places));
            Assert.All(Enumerable.Range(0, Clients), c => Assert.Equal(lists.Any(l => l.Contains(c)), places[c].IsTaken));
        }
    }

    private static IEnumerable<int> In(ClientLine.Place end, ClientLine.Place[] places)
    {
        for (ClientLine.Place place = end.Next; place != end; place = place.Next)
        {
            Assert.Same(place, place.Next.Previous);
            yield return Array.IndexOf(places, place);
        }
    }
}
