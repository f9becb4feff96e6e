using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Models;

/// <summary>A backend's connection over a real socket, and the model beside it. On the worker's thread, which so does nothing else meanwhile.</summary>
internal sealed class ProtocolRun(BackendFixture fixture, ModelMemory memory) : IDisposable
{
    private readonly byte[] _read = new byte[2 * (VhostUserHeader.SizeBytes + VhostUserHeader.MaxPayloadBytes)];
    private readonly ReceivedFds _fds = new();

    /// <summary>Messages sent.</summary>
    public long Messages { get; private set; }

    /// <summary>Rings that were seen to run after a message.</summary>
    public long RunningSeen { get; private set; }

    /// <summary>Sends a sequence, until the connection ends.</summary>
    /// <returns>Null: all was as the model said; or what was not.</returns>
    public string? WhyNot(ProtocolStep[] steps)
    {
        (OwnedFd backend, OwnedFd frontend) = UnixSocket.Pair();
        backend.SetNonBlocking();
        frontend.SetNonBlocking();
        using OwnedFd mine = frontend;
        using var connection = new Connection(fixture.Backend, backend);
        var model = new ProtocolModel(fixture.Device.Config);
        connection.Open();
        foreach (ProtocolStep step in steps)
        {
            ModelMessage message = ModelMessage.Of(step, memory);
            if (model.IsBeyond(message))
            {
                continue;
            }

            Prediction prediction = model.Take(message);
            ScmRights.Send(mine, message.Bytes, message.Fds);
            Messages++;
            connection.OnReady(EpollEvents.In);
            if (WhyNot(mine, message, prediction) is { } why || (!prediction.IsClosed && (why = WhyNot(model, message)!) is not null))
            {
                return why;
            }

            if (prediction.IsClosed)
            {
                return null;
            }
        }

        return null;
    }

    public void Dispose() => _fds.Dispose();

    private string? WhyNot(OwnedFd socket, ModelMessage message, Prediction prediction)
    {
        nint read = ScmRights.Receive(socket, _read, _fds);
        _fds.CloseAll();
        bool isClosed = read <= 0 && read != -Errno.EAGAIN;
        byte[] reply = read > 0 ? _read[..(int)read] : [];
        return isClosed == prediction.IsClosed && reply.AsSpan().SequenceEqual(prediction.Reply) ? null : $"{message}: {prediction} was to come, and {new Prediction(reply, isClosed)} came";
    }

    private string? WhyNot(ProtocolModel model, ModelMessage message)
    {
        for (int i = 0; i < model.Rings.Length; i++)
        {
            RunningSeen += model.Rings[i].IsRunning ? 1 : 0;
            if (model.Rings[i].IsRunning != fixture.Device.IsStarted(i))
            {
                return $"after {message} ring {i} {(model.Rings[i].IsRunning ? "was to run and does not" : "runs and was not to")}";
            }
        }

        return null;
    }
}
