using FastRing.Console.Endpoints.Resumable;
using FastRing.Spec;

namespace FastRing.Console.Tests.Endpoints.Resumable;

/// <summary>A session over connections that are cut anywhere.</summary>
public sealed class ResumableCutTests
{
    private const int ToGuest = 47;
    private const int ToHost = 61;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_byte_is_lost_or_doubled_whatever_byte_of_a_clients_a_connection_is_cut_at(bool packed) => CutEverywhere(packed, (client, at) => client.Connect(maySend: at));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_byte_is_lost_or_doubled_whatever_byte_to_the_client_a_connection_is_cut_at(bool packed) => CutEverywhere(packed, (client, at) => client.Connect(mayReceive: at));

    private static void CutEverywhere(bool packed, Action<RawClient, int> connect)
    {
        using var folder = new TemporaryFolder();
        using var console = new TestConsole(packed ? ~0UL : ~VirtioFeatures.RingPacked, new PortOptions("a", new ResumableEndpoint(folder["a"])));
        using var guest = new DrivenGuest(console);
        bool wasCut = true;
        int at = 0;
        for (; wasCut; at++)
        {
            wasCut = OneSession(folder["a"], guest, at, connect);
        }

        Assert.InRange(at, 2 * FrameHeader.Bytes + HelloFrame.Bytes + ToGuest, 2000); // Or it was not cut at every byte.
    }

    /// <summary>A conversation whose first connection, and once more the next, are cut at some byte.</summary>
    /// <returns>False: it was over before.</returns>
    private static bool OneSession(string path, DrivenGuest guest, int at, Action<RawClient, int> connect)
    {
        using var client = new RawClient(path);
        byte[] sends = Pattern.Bytes(at, ToGuest);
        byte[] receives = Pattern.Bytes(1000 + at, ToHost);
        guest.Send(receives);
        bool wasCut = false;
        for (int connection = 0; ; connection++)
        {
            try
            {
                if (connection < 2)
                {
                    connect(client, at);
                }
                else
                {
                    client.Connect();
                }

                if (client.Received.Length > 0)
                {
                    client.Send(RawClient.Frame(FrameKind.Acknowledge, (ulong)client.Received.Length)); // Again, as docs/resumable.md has it: the last may have been cut.
                }

                client.Converse(sends, ToHost);
                break;
            }
            catch (IOException) when (connection < 2)
            {
                wasCut = true;
                client.Leave();
            }
        }

        Assert.Equal(receives, client.Received);
        guest.Until(g => g.Received.Length >= ToGuest, "the guest has it all");
        client.Leave();
        client.Connect();
        client.Send(RawClient.Frame(FrameKind.Bye, 0));
        client.AssertIsCutOff();
        guest.Until(g => !g.IsHostOpen, "the guest hears of the end");
        Assert.Equal(sends, guest.Received);
        guest.Forget();
        return wasCut;
    }
}
