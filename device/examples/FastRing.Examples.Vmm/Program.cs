// fastring-vmm: a guest talks with a program of its host, is moved to another monitor in the middle of a sentence, and goes on. Both monitors are in this process, and a driver of this
// process stands for the guest (Guest.cs, GuestProgram.cs). What a monitor needs is in Vmm.cs and VmmQueue.cs.
using FastRing.Console.Driver;
using FastRing.Examples.Vmm;

var source = new Vmm("source");
using var guest = new Guest(source);
using var driver = new ConsoleDriver(guest, Vmm.MaxPorts, new DriverBuffers(ReceiveCount: 4, ReceiveBytes: 16, TransmitCount: 8, TransmitBytes: 4096));
var inGuest = new GuestProgram(driver);
var onHost = new HostProgram();

Task answering = onHost.AnswerAsync(source.Pipe);
inGuest.Connect();
for (int i = 1; i <= 100; i++)
{
    inGuest.Say($"line {i}\n");
    inGuest.Hear($"LINE {i}");
}

Console.WriteLine("100 lines, 100 answers");

// A bad moment: answers that the guest has not heard, most of which it has no room for, a line that nobody has read, and half of the next.
int said = onHost.SaidBytes;
for (int i = 101; i <= 120; i++)
{
    inGuest.Say($"line {i}\n");
    said += "LINE 101\n".Length;
}

SpinWait.SpinUntil(() => onHost.SaidBytes == said);
source.Pipe.Input.CancelPendingRead();
await answering;
inGuest.Say("line 121\nline 1");

// From here on the guest's processors would stand still, until the destination has it all.
(byte[] state, QueueRegisters[] queues) = source.Pause();
using var destination = new Vmm("destination");
source.CopyMemoryTo(destination);
guest.MoveTo(destination);
destination.Resume(state, queues, guest.Queues);
await onHost.MoveAsync(source.Pipe, destination.Pipe, source.BytesToGuest);
source.Dispose();
Console.WriteLine($"moved: {queues.Length} queues and {Vmm.MemoryBytes >> 20} MiB of memory");

answering = onHost.AnswerAsync(destination.Pipe);
inGuest.Say("22\n");
for (int i = 101; i <= 200; i++)
{
    if (i > 122)
    {
        inGuest.Say($"line {i}\n");
    }

    inGuest.Hear($"LINE {i}");
}

Console.WriteLine("200 lines, 200 answers");
