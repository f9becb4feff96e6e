using System.Runtime.InteropServices;
using SharpFuzz;

namespace FastRing.Fuzz;

/// <summary>
/// <c>FastRing.Fuzz TARGET</c> under afl-fuzz runs one input after the other in one process; <c>FastRing.Fuzz TARGET PATH...</c> runs each file, or each file
/// of a folder, once. Without arguments it lists the targets.
/// </summary>
internal static unsafe class Program
{
    private const int MapBytes = 1 << 16;
    private const int MostBytes = 1 << 16;

    private static int Main(string[] args)
    {
        // SAFETY: as long as AFL's map; instrumented code of any thread writes there, from here on.
        SharpFuzz.Common.Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapBytes);
        if (args.Length == 0)
        {
            FuzzTargets.Names.ToList().ForEach(System.Console.WriteLine);
            return 0;
        }

        if (!FuzzTargets.Names.Contains(args[0]))
        {
            System.Console.Error.WriteLine($"there is no target {args[0]}; there are {string.Join(", ", FuzzTargets.Names)}");
            return 2;
        }

        FuzzTarget? target = null;
        if (args.Length == 1)
        {
            byte[] buffer = new byte[MostBytes];
            Fuzzer.OutOfProcess.Run(stream => (target ??= FuzzTargets.Create(args[0])).Run(buffer.AsSpan(0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false))));
            return 0;
        }

        target = FuzzTargets.Create(args[0]);
        return Replay(target, args[1..]);
    }

    private static IEnumerable<string> FilesOf(string path) => Directory.Exists(path) ? Directory.GetFiles(path).Order() : [path];

    private static int Replay(FuzzTarget target, string[] paths)
    {
        int findings = 0;
        foreach (string file in paths.SelectMany(FilesOf))
        {
            try
            {
                target.Run(File.ReadAllBytes(file));
            }
            catch (Exception e)
            {
                findings++;
                System.Console.Error.WriteLine($"{file}: {e}");
            }
        }

        System.Console.WriteLine($"{target.Name}: {findings} findings; reached {string.Join(", ", target.Reached.Order())}");
        return findings == 0 ? 0 : 1;
    }
}
