namespace FastRing.Console;

/// <summary>The order of the two fields of a <c>RESIZE</c> message, on which drivers do not agree.</summary>
public enum ResizeOrder
{
    /// <summary>Rows, then columns: Linux but for the versions named below.</summary>
    RowsFirst,

    /// <summary>Columns, then rows: the specification (virtio 1.2, 5.3.6.2), Linux 6.15 and 6.16 and the stable kernels that got their change, Debian 12's 6.1 among them.</summary>
    ColumnsFirst,
}
