using System.Diagnostics;
using System.Globalization;

namespace OmniAudit.Tests.Support;

/// <summary>What work costs the thread that does it, for tests that no input brings a parser to a stand: what other tests and programs do meanwhile does not count.</summary>
internal static class ProcessorTime
{
    private const double TicksPerSecond = 100;

    public static TimeSpan OfThisThread()
    {
        if (!OperatingSystem.IsLinux()) return Stopwatch.GetElapsedTime(0);
        // proc(5): utime and stime are the 14th and 15th field; the second is a name in brackets.
        var stat = File.ReadAllText("/proc/thread-self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((Ticks(fields[11]) + Ticks(fields[12])) / TicksPerSecond);
    }

    private static long Ticks(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
