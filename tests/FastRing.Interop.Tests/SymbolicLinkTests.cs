namespace FastRing.Interop.Tests;

public sealed class SymbolicLinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LinkPath => _folder["link"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_is_made_and_goes_when_it_is_disposed_of()
    {
        using (new SymbolicLink(LinkPath, "/target", _ => false))
        {
            Assert.Equal("/target", SymbolicLink.TargetOf(LinkPath));
        }

        Assert.Null(SymbolicLink.TargetOf(LinkPath));
    }

    [Fact]
    public void A_stale_one_is_replaced_and_leaves_nothing_beside_it()
    {
        File.CreateSymbolicLink(LinkPath, "/stale");
        using var link = new SymbolicLink(LinkPath, "/target", target => target == "/stale");
        Assert.Equal("/target", SymbolicLink.TargetOf(LinkPath));
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(LinkPath)!));
    }

    [Fact]
    public void One_that_is_not_stale_is_left_alone_and_so_is_a_file()
    {
        File.CreateSymbolicLink(LinkPath, "/another");
        File.WriteAllText(_folder["file"], "precious");
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => new SymbolicLink(LinkPath, "/target", _ => false)).Errno);
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => new SymbolicLink(_folder["file"], "/target", _ => true)).Errno);
        Assert.Equal("/another", SymbolicLink.TargetOf(LinkPath));
        Assert.Equal("precious", File.ReadAllText(_folder["file"]));
    }

    [Fact]
    public void A_file_that_took_the_stale_ones_place_meanwhile_is_put_back()
    {
        File.CreateSymbolicLink(LinkPath, "/stale");
        var refusal = Assert.Throws<LinuxException>(() => new SymbolicLink(LinkPath, "/target", _ =>
        {
            File.Delete(LinkPath);
            File.WriteAllText(LinkPath, "precious");
            return true;
        }));
        Assert.Equal(Errno.EEXIST, refusal.Errno);
        Assert.Equal("precious", File.ReadAllText(LinkPath));
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(LinkPath)!));
    }

    [Fact]
    public void One_that_another_took_the_place_of_stays()
    {
        var link = new SymbolicLink(LinkPath, "/target", _ => false);
        File.Delete(LinkPath);
        File.CreateSymbolicLink(LinkPath, "/another");
        link.Dispose();
        Assert.Equal("/another", SymbolicLink.TargetOf(LinkPath));
    }
}
