namespace FastRing.EndToEnd.Documents;

/// <summary>QEMU's options as the documents have them: the tests boot their guests with these.</summary>
internal static class DocumentedQemu
{
    private static readonly string[] s_ofTheMachine = ["-machine", "-m", "-object"];

    /// <summary>The devices of the command line that has this device, and not the other.</summary>
    /// <param name="device">A device's name in QEMU.</param>
    /// <param name="socket">The daemon's socket, in place of the documents'.</param>
    /// <param name="without">What the command line must not have.</param>
    public static string[] Devices(string device, string socket, string without) =>
        [.. Options(device, socket, without).Where(o => !s_ofTheMachine.Contains(o.Name)).SelectMany(o => (string[])[o.Name, o.Value])];

    /// <summary>What it says of the machine and its memory is what a guest was started with.</summary>
    public static void AssertStartedAs(string device, string without, int process)
    {
        string[] words = File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        (string Name, string Value)[] machine = [.. Options(device, "", without).Where(o => s_ofTheMachine.Contains(o.Name))];
        Assert.Equal(s_ofTheMachine.Order(StringComparer.Ordinal), machine.Select(o => o.Name).Order(StringComparer.Ordinal));
        Assert.All(machine, option => Assert.Equal(option.Value, words[Array.IndexOf(words, option.Name) + 1]));
    }

    private static IEnumerable<(string Name, string Value)> Options(string device, string socket, string without)
    {
        string line = Assert.Single(DocumentedCommand.Of(nameof(QemuTests.A_guest_of_QEMU_finds_its_ports_by_name_and_a_mebibyte_comes_back_as_it_was))
            .Select(c => c.Text).Where(t => t.Contains(device, StringComparison.Ordinal) && !t.Contains(without, StringComparison.Ordinal)).Distinct());
        string[] words = [.. line.Replace("/tmp/vm0.sock", socket, StringComparison.Ordinal).Replace("/tmp/vm0.vfio", socket, StringComparison.Ordinal).Split(' ').Skip(1).Where(w => w != "...").Select(w => w.Trim('\''))];
        Assert.All(words.Where((_, i) => i % 2 == 0), name => Assert.StartsWith("-", name, StringComparison.Ordinal));
        return words.Chunk(2).Select(pair => (pair[0], pair[1]));
    }
}
