using System.Text.Json;

namespace FastRing.EndToEnd;

/// <summary>A running <c>workloads net</c>, for one driver.</summary>
internal sealed class NetDevice : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Daemon? _daemon;

    public string Socket => _folder["vhost.sock"];

    /// <summary>Starts it and waits until it serves.</summary>
    public static async Task<NetDevice> StartAsync(string mode, params string[] options)
    {
        var device = new NetDevice();
        try
        {
            device._daemon = await Daemon.StartAsync(["net", "--socket", device.Socket, "--mode", mode, .. options], Programs.Workloads);
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the end that comes when the driver has left, and reads what the device says then.</summary>
    public async Task<JsonElement> ResultAsync()
    {
        Assert.Equal(0, await _daemon!.WaitExitAsync());
        using var output = new StreamReader(_daemon.Output);
        return JsonElement.Parse(await output.ReadToEndAsync());
    }

    public void Dispose()
    {
        _daemon?.Dispose();
        _folder.Dispose();
    }
}
