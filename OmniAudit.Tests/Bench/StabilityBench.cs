using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Tests.SiteLint;

namespace OmniAudit.Tests.Bench;

/// <summary>
/// Real scans of one page, again and again: nothing may be told as new, fixed or regressed. Then the page gets a main-thread block of 200 ms, three new
/// faults, and loses two: exactly these must be told. Prints how far each metric varied, which is what the allowances of MetricComparer stand on.
/// </summary>
internal static class StabilityBench
{
    private static readonly string[] Metrics = ["fcp", "lcp", "tbt", "cls", "speed_index", "ttfb", "performance", "wire_bytes"];

    public static async Task<int> RunAsync(int scans)
    {
        var seeded = false;
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => TestSite.Html(Page(Volatile.Read(ref seeded)))));
        await using var world = await ScanWorld.StartAsync([site.Authority]);
        var first = await world.ScanAsync(site.Url + "/");
        var (faults, regressions) = (0, 0);
        var seen = new Dictionary<(string Metric, string Viewport), List<double>>();
        Note(first);
        for (var i = 1; i < scans; i++)
        {
            var again = await world.ScanAsync(site.Url + "/");
            Note(again);
            var comparison = ScanComparer.Compare(again, first);
            faults += comparison.New.Count + comparison.Fixed.Count;
            var worse = comparison.Metrics.Where(m => m.Verdict == "regressed").ToList();
            regressions += worse.Count;
            foreach (var m in worse) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  scan {i}: {m.Metric} {m.Viewport} {m.Before:0.###} -> {m.After:0.###} (allowance {m.Allowance:0.###})"));
            if (!first.Findings.Select(f => f.FindingId).SequenceEqual(again.Findings.Select(f => f.FindingId))) faults++;
        }
        Console.WriteLine($"{scans} scans of an unchanged page: {faults} findings changed, {regressions} regressions reported");
        foreach (var ((metric, viewport), values) in seen.OrderBy(s => s.Key.Metric, StringComparer.Ordinal).ThenBy(s => s.Key.Viewport, StringComparer.Ordinal))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {metric,-12} {viewport,-8} median {ScanTrendRow.Median(values.Select(v => (double?)v)):0.###}, {values.Min():0.###} to {values.Max():0.###}"));

        Volatile.Write(ref seeded, true);
        var changed = await world.ScanAsync(site.Url + "/");
        var told = ScanComparer.Compare(changed, first);
        var blocked = told.Metrics.Any(m => m is { Metric: "tbt", Verdict: "regressed" });
        Console.WriteLine($"three new, two fixed, a block of 200 ms: told {told.New.Count} new ({string.Join(", ", told.New.Select(id => changed.Findings.First(f => f.FindingId == id).Rule))}), {told.Fixed.Count} fixed ({string.Join(", ", told.Fixed.Select(f => f.Rule))}), blocking time {(blocked ? "regressed" : "NOT told")}");
        foreach (var m in told.Metrics) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {m.Verdict} {m.Metric} {m.Viewport} {m.Before:0.###} -> {m.After:0.###} (allowance {m.Allowance:0.###})"));

        var row = (await world.Get<ReportStore>().FindAsync(changed.ScanId, default))!;
        var times = new List<double?>();
        foreach (var finding in changed.Findings.Where(f => f.Rule.StartsWith("axe/", StringComparison.Ordinal)).Take(5))
        {
            var clock = Stopwatch.StartNew();
            var look = await world.Get<FindingVerifier>().LookAsync(row, changed, finding, default);
            times.Add(clock.Elapsed.TotalMilliseconds);
            if (look.Status != FindingVerifier.StillPresent) Console.WriteLine($"  verify {finding.Rule}: {look.Status} {look.Reason}");
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"verify_finding: median {ScanTrendRow.Median(times):0} ms, worst {times.Max():0} ms over {times.Count}"));
        return faults == 0 && regressions == 0 && told.New.Count == 3 && told.Fixed.Count == 2 && (blocked || first.Pages.All(p => p.Metrics is null)) ? 0 : 1;

        void Note(ScanReport report)
        {
            foreach (var page in report.Pages)
            foreach (var metric in Metrics)
            {
                double? value = metric switch
                {
                    "fcp" => page.Metrics?.Values.Fcp, "lcp" => page.Metrics?.Values.Lcp, "tbt" => page.Metrics?.Values.Tbt, "cls" => page.Metrics?.Values.Cls, "speed_index" => page.Metrics?.Values.SpeedIndex,
                    "ttfb" => page.Metrics?.Values.Ttfb, "performance" => page.Scores?.Performance, _ => page.Weight?.WireBytes,
                };
                if (value is not { } known) continue;
                if (!seen.TryGetValue((metric, page.Viewport), out var list)) seen[(metric, page.Viewport)] = list = [];
                list.Add(known);
            }
        }
    }

    private static string Page(bool seeded) => $"""
        <!doctype html><html lang="en"><head><title>Shop</title><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="description" content="A shop.">
        <style>body{"{"}font:16px sans-serif{"}"}.low{"{"}color:#aaa{"}"}</style></head><body><header><h1>Shop</h1><nav><a href="#a"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="Home"></a></nav></header>
        <main id="a"><p class="low">Hard to read</p><ul>{string.Concat(Enumerable.Range(1, 40).Select(i => $"<li><a href='#p{i}'>Product {i}</a></li>"))}</ul>
        {(seeded ? "" : "<form><input name='q'></form><div role='checkbox' tabindex='0'></div>")}
        {(seeded ? "<button></button><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='><select name='s'><option>1</option></select>" : "")}
        </main>{(seeded ? "<script>requestAnimationFrame(() => setTimeout(() => { const end = performance.now() + 200; while (performance.now() < end); }, 50))</script>" : "")}</body></html>
        """;
}
