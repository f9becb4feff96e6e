// Tests count descriptors, set the umask and the limit of open files: state of the whole process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
