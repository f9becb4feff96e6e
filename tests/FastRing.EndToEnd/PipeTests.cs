using System.Buffers;
using System.IO.Pipelines;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>A port as a pipe, with a Linux guest at its other end.</summary>
public sealed class PipeTests
{
    private const int Mebibytes = 4;

    [Fact]
    public async Task A_program_in_the_guest_talks_to_a_pipe_of_private_memory()
    {
        var pipe = new PipeEndpoint();
        await using GuestRig rig = await StartAsync(pipe);

        Task echoing = EchoAsync(pipe);
        await rig.AssertEchoesAsync("pipe", 4096, Mebibytes);

        await echoing.WaitAsync(GuestRig.Patience);
    }

    [Fact]
    public async Task A_program_in_the_guest_talks_to_a_pipe_over_its_own_memory()
    {
        var pipe = new InPlacePipeEndpoint();
        await using GuestRig rig = await StartAsync(pipe);

        Task echoing = rig.Device.Worker.RunAsync(() => EchoAsync(pipe));
        await rig.AssertEchoesAsync("pipe", 4096, Mebibytes);

        await echoing.WaitAsync(GuestRig.Patience);
    }

    private static async Task<GuestRig> StartAsync(IHostEndpoint pipe)
    {
        GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2 });
        await rig.Device.AddPortAsync(new PortOptions("pipe", pipe));
        await rig.RunAsync("wait-port pipe");
        return rig;
    }

    private static async Task EchoAsync(IDuplexPipe pipe)
    {
        for (long left = Mebibytes << 20; left > 0;)
        {
            ReadResult read = await pipe.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
            {
                pipe.Output.Write(part.Span);
            }

            left -= read.Buffer.Length;
            pipe.Input.AdvanceTo(read.Buffer.End);
            await pipe.Output.FlushAsync();
        }
    }
}
