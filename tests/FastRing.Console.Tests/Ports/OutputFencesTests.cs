using FastRing.Console.Ports;

namespace FastRing.Console.Tests.Ports;

public sealed class OutputFencesTests
{
    private readonly OutputFences _fences = new();

    [Fact]
    public void Each_fence_lets_through_what_was_there_when_it_was_put_up_and_not_before()
    {
        Assert.Equal(int.MaxValue, _fences.Limit);
        Assert.True(_fences.Add(3));
        Assert.True(_fences.Add(3)); // An opening in which nothing was sent.
        _fences.Completed(1);
        Assert.True(_fences.Add(6));
        Assert.Equal(2, _fences.Limit);
        _fences.Completed(2);
        Assert.Equal(0, _fences.Limit);
        _fences.RemoveFirst();
        Assert.Equal(0, _fences.Limit);
        _fences.RemoveFirst();
        Assert.Equal(4, _fences.Limit);
        _fences.Completed(4);
        _fences.RemoveFirst();
        Assert.Equal(int.MaxValue, _fences.Limit);
        _fences.RemoveFirst();
        Assert.Equal(int.MaxValue, _fences.Limit);
    }

    [Fact]
    public void The_last_is_moved_where_there_is_no_room_for_another()
    {
        for (int i = 1; i <= 32; i++)
        {
            Assert.True(_fences.Add(i));
        }

        Assert.False(_fences.Add(40));
        for (int i = 1; i < 32; i++)
        {
            Assert.Equal(1, _fences.Limit);
            _fences.Completed(1);
            _fences.RemoveFirst();
        }

        Assert.Equal(9, _fences.Limit);
        _fences.Clear();
        Assert.Equal(int.MaxValue, _fences.Limit);
    }
}
