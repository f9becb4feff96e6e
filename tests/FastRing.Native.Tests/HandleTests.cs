using FastRing.Native.Handles;

namespace FastRing.Native.Tests;

/// <summary>Handles, on this side of the border.</summary>
public sealed class HandleTests
{
    private const int Most = 1 << 20;

    [Fact]
    public void A_million_handles_are_the_most_and_none_is_given_out_twice()
    {
        var objects = new List<MemoryHandle>();
        var handles = new HashSet<ulong>();
        while (objects.Count < Most)
        {
            objects.Add(new MemoryHandle(null!));
            Assert.True(handles.Add(HandleTable.Add(objects[^1])));
        }

        Assert.Equal(ErrorCode.Limit, Assert.Throws<AbiException>(() => HandleTable.Add(new MemoryHandle(null!))).Code);
        Assert.All(objects.Take(1000), o => Assert.Same(o, HandleTable.Get<MemoryHandle>(o.Handle, HandleKind.Memory)));

        objects.ForEach(HandleTable.Take);
        Assert.Equal(0, HandleTable.Count);
        var later = new MemoryHandle(null!);
        Assert.True(handles.Add(HandleTable.Add(later)));
        Assert.Null(HandleTable.Find<MemoryHandle>(objects[0].Handle));
        Assert.Null(HandleTable.Find<RingHandle>(later.Handle));
        Assert.Equal(ErrorCode.Handle, Assert.Throws<AbiException>(() => HandleTable.Take(objects[0])).Code);
        HandleTable.Take(later);
    }
}
