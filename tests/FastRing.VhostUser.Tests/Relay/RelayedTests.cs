using FastRing.VhostUser.Tests.Backend;

namespace FastRing.VhostUser.Tests.Relay;

// What holds of a backend holds through a relay: to a frontend its answers, limits and errors are the same.

public sealed class RelayedVringTests : VringTests
{
    public RelayedVringTests() => BackendFixture.IsRelayed = true;
}

public sealed class RelayedMemoryTests : MemoryTests
{
    public RelayedMemoryTests() => BackendFixture.IsRelayed = true;
}

public sealed class RelayedFeatureTests : FeatureTests
{
    public RelayedFeatureTests() => BackendFixture.IsRelayed = true;
}

public sealed class RelayedConfigTests : ConfigTests
{
    public RelayedConfigTests() => BackendFixture.IsRelayed = true;
}

public sealed class RelayedStateTransferTests : StateTransferTests
{
    public RelayedStateTransferTests() => BackendFixture.IsRelayed = true;
}

public sealed class RelayedDirtyLogTests : DirtyLogTests
{
    public RelayedDirtyLogTests() => BackendFixture.IsRelayed = true;
}
