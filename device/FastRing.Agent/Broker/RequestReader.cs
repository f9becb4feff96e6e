using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Agent.Broker;

/// <summary>
/// Cuts what a client sends into JSON values, as the agent does: an object may be followed by another without a newline, or span several lines. What can't begin
/// one is an error up to the end of its line.
/// </summary>
internal sealed class RequestReader(PipeReader input, int maxBytes)
{
    private RequestScanner _scanner;

    /// <summary>Waits for the next request.</summary>
    /// <returns>It, or what is wrong with it; null at the end.</returns>
    public async ValueTask<ClientRequest?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            RequestFrame frame = _scanner.Scan(result.Buffer, maxBytes);
            ReadOnlySequence<byte> taken = result.Buffer.Slice(frame.Skipped, frame.Length);
            ClientRequest? request = frame.Kind switch
            {
                RequestFrameKind.Value => ClientRequest.Parse(taken.IsSingleSegment ? taken.FirstSpan : taken.ToArray()),
                RequestFrameKind.Garbage => ClientRequest.Broken($"JSON parse error, invalid keyword '{Channel.Excerpt.Of(taken)}'"),
                RequestFrameKind.TooLong => ClientRequest.Broken($"JSON token size limit exceeded: a request may have {maxBytes} bytes"),
                _ => null,
            };
            SequencePosition consumed = result.Buffer.GetPosition(frame.Skipped + frame.Length);
            input.AdvanceTo(consumed, request is null ? result.Buffer.End : consumed);
            if (request is not null || result.IsCompleted)
            {
                return request;
            }
        }
    }
}
