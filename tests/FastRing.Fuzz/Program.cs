using System.Globalization;
using System.Runtime.InteropServices;
using SharpFuzz;

namespace FastRing.Fuzz;

/// <summary>
/// <c>FastRing.Fuzz TARGET</c> under afl-fuzz runs one input after the other in one process; <c>FastRing.Fuzz TARGET PATH...</c> runs each file, or each file
/// of a folder, once. <c>instrument FOLDER [LIBRARY...]</c> prepares a copy of this program for afl-fuzz; <c>planted ROOT</c> lists the planted bugs, and <c>plant ROOT NUMBER</c> puts one into a copy of the
/// repository. Without arguments it lists the targets.
/// </summary>
internal static unsafe class Program
{
    private const int MapBytes = 1 << 16;
    private const int MostBytes = 1 << 16;

    private static int Main(string[] args)
    {
        // SAFETY: as long as AFL's map; instrumented code of any thread writes there, from here on.
        SharpFuzz.Common.Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapBytes);
        switch (args)
        {
            case []:
                FuzzTargets.Names.ToList().ForEach(System.Console.WriteLine);
                return 0;
            case ["instrument", string folder, ..]:
                Instrumentation.AddTo(folder, args.AsSpan(2));
                return 0;
            case ["planted", string root]:
                PlantedBug.Read(root).ToList().ForEach(static bug => System.Console.WriteLine($"{bug.Target}\t{bug.File}"));
                return 0;
            case ["plant", string root, string number]:
                return Plant(root, PlantedBug.Read(root)[int.Parse(number, CultureInfo.InvariantCulture)]);
            case [string name, ..] when !FuzzTargets.Names.Contains(name):
                System.Console.Error.WriteLine($"there is no target {name}; there are {string.Join(", ", FuzzTargets.Names)}");
                return 2;
            case [string name]:
                Fuzz(name);
                return 0;
            default:
                using (FuzzTarget target = FuzzTargets.Create(args[0]))
                {
                    return Replay(target, args.AsSpan(1).ToArray());
                }
        }
    }

    private static void Fuzz(string name)
    {
        byte[] buffer = new byte[MostBytes];
        FuzzTarget? target = null;
        Fuzzer.OutOfProcess.Run(stream =>
        {
            target ??= FuzzTargets.Create(name);
            target.Run(buffer.AsSpan(0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)));
        });
    }

    private static int Plant(string root, PlantedBug bug)
    {
        string path = Path.Combine(root, bug.File);
        if (bug.Plant(File.ReadAllText(path)) is not { } code)
        {
            System.Console.Error.WriteLine($"{bug.File} is another than it was: there is no one '{bug.From}'");
            return 1;
        }

        File.WriteAllText(path, code);
        return 0;
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
