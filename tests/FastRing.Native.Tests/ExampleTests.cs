using System.Diagnostics;
using FastRing.Host.Guests;
using FastRing.Native.Tests.Support;

namespace FastRing.Native.Tests;

/// <summary>The example hosts, with a Linux guest at the other end of their two ports.</summary>
public sealed class ExampleTests
{
    [Fact]
    public async Task A_host_in_C_talks_to_a_Linux_guest_on_two_ports()
    {
        using var folder = new TemporaryFolder();
        await TalkAsync(folder, await CProgram.CompileFileAsync(Path.Combine(InstalledLibrary.Project, "examples", "host.c"), folder["host"]));
    }

    [Fact]
    public async Task A_host_in_Rust_talks_to_a_Linux_guest_on_two_ports()
    {
        using var folder = new TemporaryFolder();
        string libraries = Path.Combine(await InstalledLibrary.Prefix, "lib");
        string source = Path.Combine(InstalledLibrary.Project, "examples", "host.rs");
        await Shell.RunAsync(
            "rustc", ["--edition", "2021", "-D", "warnings", "-O", source, "-L", $"native={libraries}", "-l", "fastring", "-C", $"link-arg=-Wl,-rpath,{libraries}", "-o", folder["host"]]);
        await TalkAsync(folder, folder["host"]);
    }

    [Fact]
    public async Task A_host_compiled_with_the_first_header_talks_to_a_Linux_guest()
    {
        using var folder = new TemporaryFolder();
        string source = Path.Combine(InstalledLibrary.Project, "examples", "host.c");
        await TalkAsync(folder, await CProgram.CompileFileAsync(source, folder["host"], AbiRecord.FolderOf("1.0")));
    }

    private static async Task TalkAsync(TemporaryFolder folder, string program)
    {
        using Process host = Shell.Start(program, [folder["vm.sock"]]);
        try
        {
            Task<string> errors = host.StandardError.ReadToEndAsync();
            Assert.StartsWith("serving ", await host.StandardOutput.ReadLineAsync().WaitAsync(Shell.Patience), StringComparison.Ordinal);
            string answer = await AnswerAsync(folder["vm.sock"]);
            string said = await host.StandardOutput.ReadToEndAsync().WaitAsync(Shell.Patience);
            await host.WaitForExitAsync().WaitAsync(Shell.Patience);

            Assert.Equal("asked: who are you?\nanswered: HELLO FROM THE GUEST\n", answer);
            Assert.Equal("guest: I am Linux\nguest: bye\nshout: 21 bytes from the guest, 21 to it\n", said);
            Assert.True(host.ExitCode == 0, await errors);
            Assert.False(File.Exists(folder["vm.sock"]));
        }
        finally
        {
            host.Kill();
        }
    }

    /// <summary>The guest's part, as the comment in host.c has it.</summary>
    private static async Task<string> AnswerAsync(string socket)
    {
        GuestRoot root = await GuestRoot.PrepareAsync(await GuestPackages.FindAsync());
        await using UmlGuest guest = UmlGuest.Start(root, new UmlGuestOptions
        {
            DeviceSockets = [socket],
            WaitPorts = ["org.example.greeting", "org.example.shout"],
            RunAgent = false,
            LoggedInUser = null,
        });
        await guest.WaitReadyAsync(Shell.Patience);
        CommandResult result = await guest.RunAsync(
            """
            exec 3<>/dev/virtio-ports/org.example.greeting; read -r question <&3; echo "asked: $question"; echo "I am $(uname -s)" >&3
            exec 4<>/dev/virtio-ports/org.example.shout; echo "hello from the guest" >&4; read -r answer <&4; echo "answered: $answer"; echo bye >&3
            """,
            Shell.Patience);
        Assert.True(result.ExitCode == 0, guest.ConsoleText);
        return result.Output;
    }
}
