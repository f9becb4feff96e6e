using System.Buffers;

namespace FastRing.Host.Guests;

/// <summary>Cuts the agent's byte stream into lines. The peer is a guest: a line has a limit.</summary>
internal sealed class AgentLineReader(Stream stream)
{
    private const int MaxLineBytes = 4 << 20;
    private const byte Newline = (byte)'\n';

    private readonly byte[] _chunk = new byte[16 << 10];
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _next;
    private int _end;

    /// <summary>Reads up to the next newline, which is left out.</summary>
    /// <returns>The line, valid until the next call; null at the end of the stream.</returns>
    /// <exception cref="AgentException">The line is longer than 4 MiB.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        _line.ResetWrittenCount();
        while (!TakeLine())
        {
            if (_line.WrittenCount > MaxLineBytes)
            {
                throw new AgentException($"the guest agent sent a line longer than {MaxLineBytes >> 20} MiB");
            }

            _next = 0;
            _end = await stream.ReadAsync(_chunk, cancellationToken).ConfigureAwait(false);
            if (_end == 0)
            {
                return null;
            }
        }

        return _line.WrittenMemory;
    }

    private bool TakeLine()
    {
        ReadOnlySpan<byte> rest = _chunk.AsSpan(_next, _end - _next);
        int newline = rest.IndexOf(Newline);
        _line.Write(newline < 0 ? rest : rest[..newline]);
        _next = newline < 0 ? _end : _next + newline + 1;
        return newline >= 0;
    }
}
