using System.Text;
using FastRing.Console.Driver;

namespace FastRing.Examples.Vmm;

/// <summary>A program in the guest, and the guest's driver. One thread.</summary>
internal sealed class GuestProgram(ConsoleDriver driver)
{
    private readonly StringBuilder _heard = new();
    private readonly byte[] _buffer = new byte[4096];
    private DriverPort? _port;

    public void Connect()
    {
        driver.Start();
        Until(() => (_port = driver.FindPort(Vmm.PortName)) is { IsHostOpen: true });
        _port!.Open();
    }

    public void Say(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        int said = 0;
        Until(() => (said += _port!.TryWrite(bytes.AsSpan(said))) == bytes.Length); // 0 while every buffer is on its way: back-pressure.
    }

    /// <summary>Waits for a line.</summary>
    /// <exception cref="InvalidDataException">It is another: bytes were lost, or came twice.</exception>
    public void Hear(string line)
    {
        int end = -1;
        Until(() =>
        {
            _heard.Append(Encoding.ASCII.GetString(_buffer, 0, _port!.TryRead(_buffer)));
            return (end = _heard.ToString().IndexOf('\n', StringComparison.Ordinal)) >= 0;
        });
        string heard = _heard.ToString(0, end);
        _heard.Remove(0, end + 1);
        if (heard != line)
        {
            throw new InvalidDataException($"'{heard}' instead of '{line}'");
        }
    }

    private void Until(Func<bool> isDone)
    {
        while (!isDone())
        {
            driver.Wait(TimeSpan.FromSeconds(1)); // for the interrupt
            driver.Poll();
        }
    }
}
