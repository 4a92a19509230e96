using System.Globalization;
using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Performance;

/// <summary>Scripts and style sheets that are sent and not used, or sent as they were written. Bytes are those of the text, unpacked.</summary>
internal static class CodeRules
{
    private const int MostFaults = 10;
    private const long MuchUnusedScript = 20 * 1024;
    private const long MuchUnusedStyle = 10 * 1024;
    private const long MuchSpace = 2 * 1024;

    public static void Judge(PageObservation page, Judgement found)
    {
        if (page.Code is not { } code) return;
        Unused("unused-javascript", "Scripts are used", "Much of a script is not used", "Split it by page and load parts when they are needed.", [.. code.Where(c => c.Script)], MuchUnusedScript, found);
        Unused("unused-css-rules", "Style sheets are used", "Much of a style sheet is not used", "Split it by page and drop rules that nothing matches.", [.. code.Where(c => !c.Script)], MuchUnusedStyle, found);
        Spaced("unminified-javascript", "Scripts are minified", "A script is not minified", [.. code.Where(c => c.Script)], found);
        Spaced("unminified-css", "Style sheets are minified", "A style sheet is not minified", [.. code.Where(c => !c.Script)], found);
    }

    private static void Unused(string id, string title, string fault, string fix, List<CodeUse> files, long much, Judgement found)
    {
        var wasteful = files.Where(f => f.UnusedBytes >= much).OrderByDescending(f => f.UnusedBytes).ToList();
        found.Audit(id, title, files.Count == 0 ? null : wasteful.Count == 0 ? 1 : 0, $"{PerformanceJudge.Size(files.Sum(f => f.UnusedBytes))} of {PerformanceJudge.Size(files.Sum(f => f.Bytes))} not used");
        foreach (var file in wasteful.Where(f => f.UnusedBytes * 2 > f.Bytes).Take(MostFaults))
            found.Fault(id, "s4", fault, fix, "request: " + file.Url, string.Create(CultureInfo.InvariantCulture, $"more than half of {PerformanceJudge.Size(file.Bytes)}"), 0.7);
    }

    private static void Spaced(string id, string title, string fault, List<CodeUse> files, Judgement found)
    {
        var spaced = files.Where(f => f.WastedSpace >= MuchSpace).OrderByDescending(f => f.WastedSpace).ToList();
        found.Audit(id, title, files.Count == 0 ? null : spaced.Count == 0 ? 1 : 0, spaced.Count == 0 ? "" : $"{PerformanceJudge.Size(spaced.Sum(f => f.WastedSpace))} of spaces and comments");
        foreach (var file in spaced.Take(MostFaults))
            found.Fault(id, "s4", fault, "Minify it when it is built.", "request: " + file.Url, $"{PerformanceJudge.Size(file.WastedSpace)} of {PerformanceJudge.Size(file.Bytes)} are spaces and comments", 0.8);
    }
}
