namespace FastRing.Host.Management.Contract;

/// <summary>The size of a terminal in characters.</summary>
internal sealed record TerminalSize(ushort Columns, ushort Rows);
