namespace FastRing.VhostUser.Frontend;

/// <summary>The guest of a <see cref="LiveMigration"/>, as the VMM at its old place has it. Pages are numbered by guest physical address, of 4096 bytes each.</summary>
public interface IMigratingGuest
{
    /// <summary>First guest physical address behind its memory.</summary>
    ulong MemoryEnd { get; }

    /// <summary>Copies all of its memory to its new place; it runs meanwhile.</summary>
    void CopyAll();

    /// <summary>Copies these pages.</summary>
    void Copy(IReadOnlyCollection<ulong> pages);

    /// <summary>Adds the pages its processors have written to since this, or <see cref="CopyAll"/>, was last called: with KVM, what KVM_GET_DIRTY_LOG says.</summary>
    void CollectDirty(ISet<ulong> pages);

    /// <summary>Stops its processors.</summary>
    void Pause();

    /// <summary>It stays where it is: its processors run again, and its rings.</summary>
    /// <param name="bases">Where the first rings have stopped, in the order they were given, all or as many as there are; the others, and all where it is null, run.</param>
    void GoOn(IReadOnlyList<uint>? bases);
}
