namespace FastRing.Native;

/// <summary>A struct of fastring.h whose first field is its size.</summary>
internal interface IVersioned
{
    /// <summary>What the header calls it.</summary>
    static abstract string StructName { get; }

    /// <summary>Its size in the first version that had it.</summary>
    static abstract uint FirstSize { get; }
}
