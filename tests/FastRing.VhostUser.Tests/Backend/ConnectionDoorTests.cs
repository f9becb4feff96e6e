using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public sealed class ConnectionDoorTests
{
    [Fact]
    public void Connections_that_are_handed_in_are_served_one_after_the_other_and_each_end_is_told()
    {
        using var door = new Door();
        using RawFrontend first = door.Pass();
        using RawFrontend second = door.Pass();
        first.AssertAlive();
        first.Send(RawFrontend.Message(VhostUserRequest.SetOwner, [], flags: 7));
        Assert.True(first.IsClosedByBackend());
        door.AwaitEnds(1);
        second.AssertAlive();
        second.Dispose();
        door.AwaitEnds(1);
        using RawFrontend third = door.Pass();
        third.AssertAlive();
    }

    [Fact]
    public void A_door_that_closes_leaves_the_session_and_brings_no_other()
    {
        using var door = new Door();
        using RawFrontend frontend = door.Pass();
        frontend.AssertAlive();
        door.Close();
        frontend.AssertAlive();
        frontend.Dispose();
        ProcessState.Await(() => !door.Fixture.Backend.IsConnected, "the end of the session");
        long before = ProcessState.CpuTicks("test");
        Thread.Sleep(300);
        Assert.InRange(ProcessState.CpuTicks("test") - before, 0, 10); // It does not look again and again.
    }

    [Fact]
    public void Whoever_is_behind_it_ends_with_all_its_sessions()
    {
        using var door = new Door();
        using RawFrontend frontend = door.Pass();
        frontend.AssertAlive();
        door.Fixture.Backend.Dispose();
        Assert.True(frontend.IsClosedByBackend());
        ProcessState.Await(() => !door.IsOpen, "the door to close");
    }

    private sealed class Door : IDisposable
    {
        private readonly OwnedFd _mine;
        private bool _isOpen = true;

        public Door()
        {
            (_mine, OwnedFd its) = UnixSocket.Pair();
            _mine.SetNonBlocking();
            Fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, its, "test") { TakesConnections = true });
        }

        public BackendFixture Fixture { get; }

        public bool IsOpen
        {
            get
            {
                ConnectionDoor.TakeEnds(_mine, out _isOpen);
                return _isOpen;
            }
        }

        public RawFrontend Pass()
        {
            (OwnedFd frontend, OwnedFd backend) = UnixSocket.Pair();
            Assert.True(ConnectionDoor.TryPass(_mine, backend));
            backend.Dispose();
            return new RawFrontend(frontend);
        }

        public void AwaitEnds(int count)
        {
            int ends = 0;
            ProcessState.Await(() => (ends += ConnectionDoor.TakeEnds(_mine, out _isOpen)) == count, $"{count} ends");
            Assert.True(_isOpen);
        }

        public void Close() => _mine.Dispose();

        public void Dispose()
        {
            _mine.Dispose();
            Fixture.Dispose();
        }
    }
}
