// Three classes at a time: a guest that boots, or a test that waits, leaves half of two cores idle. What can't share them is Alone.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.Collections, MaxThreads = 3)]
[assembly: Xunit.AssemblyFixture(typeof(FastRing.EndToEnd.Installing.PackagesBeforehand))]
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
