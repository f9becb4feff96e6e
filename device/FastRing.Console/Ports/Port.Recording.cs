using FastRing.Console.Recording;

namespace FastRing.Console.Ports;

/// <content>Who writes down what happens to the port.</content>
public sealed partial class Port
{
    /// <summary>Hears of everything that passes; null: nobody does.</summary>
    internal PortRecorder? Recorder { get; private set; }

    /// <summary>
    /// Writes down what passes the port from now on, data and control messages, a line of JSON an event: <see cref="RecordingHeader"/>, then <see cref="RecordedEvent"/>s. The device does not
    /// wait for <paramref name="destination"/>: what that is too slow for is counted as lost. Any thread.
    /// </summary>
    /// <param name="destination">Where the lines go; the caller's. Flushed whenever there is nothing more to write.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="end">Ends the recording: nothing more is written down, what was is written.</param>
    /// <returns>Complete when the recording was ended or the port is gone, and all was written.</returns>
    /// <exception cref="InvalidOperationException">The port is being recorded, or nobody was given its number.</exception>
    /// <exception cref="ObjectDisposedException">The port was removed.</exception>
    public async Task RecordAsync(Stream destination, RecordingOptions? options = null, CancellationToken end = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var recorder = new PortRecorder(options ?? new RecordingOptions());
        await OnWorkerAsync(() => Begin(recorder)).ConfigureAwait(false);
        void End() => _device.Worker.Post(() => EndRecording(recorder));
        await using CancellationTokenRegistration ending = end.Register(End);
        try
        {
            await recorder.CopyToAsync(destination).ConfigureAwait(false);
        }
        catch
        {
            End();
            throw;
        }
    }

    private void Begin(PortRecorder recorder)
    {
        if (Recorder is not null)
        {
            throw new InvalidOperationException($"port {Id} '{Name}' is being recorded");
        }

        recorder.Begin(this, _device.Name);
        Recorder = recorder;
    }

    private void EndRecording(PortRecorder? recorder)
    {
        if (recorder is not null && Recorder == recorder)
        {
            Recorder = null;
            recorder.Dispose();
        }
    }
}
