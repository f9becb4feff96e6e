// fastring-vsock-echo SOCKET [CID]: serves a virtio socket device on a vhost-user socket, until the end of its input.
using FastRing.Examples.Vsock;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

if (args is not [var socket, ..])
{
    await Console.Error.WriteLineAsync("usage: fastring-vsock-echo SOCKET [CID]");
    return 2;
}

using var worker = new Worker("vsock", fault => Console.Error.WriteLine(fault));
using var listener = new UnixListener(socket);
using var backend = new VhostUserBackend(worker, new VsockEcho(args is [_, var cid, ..] ? uint.Parse(cid) : 3), listener.Fd, "vsock");
backend.Start();
await Console.Error.WriteLineAsync($"serving {socket}");
Console.In.ReadToEnd();
return 0;
