using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Tests.SiteLint;

namespace OmniAudit.Tests.Bench;

/// <summary>One scan of ours (both viewports, everything of profile standard) beside the Lighthouse CLI run twice, on the same pages in the same session.</summary>
internal static class SiteLintBench
{
    private const int Rounds = 3;
    private static readonly string[] Agreed = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time"];

    /// <param name="what"><c>all</c>, or one of <c>time</c>, <c>metrics</c>, <c>verdicts</c>, <c>many</c>, <c>spread</c>.</param>
    public static async Task<int> RunAsync(string node, string lighthouse, string what)
    {
        using var site = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Arguments()) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var url = (await site.StandardOutput.ReadLineAsync())!;
            await using var world = await ScanWorld.StartAsync([new Uri(url).Authority]);
            var cli = new LighthouseCli(node, lighthouse, ChromiumLocator.Find(world.Options.SiteLint));
            var bench = new Bench(world, url, site.Id);
            await bench.ScanAsync(["/small"], 1);
            if (what is "all" or "time") foreach (var page in new[] { "/small", "/heavy" }) await TimeAsync(bench, cli, page);
            if (what is "all" or "metrics") foreach (var page in new[] { "/small", "/heavy" }) await MetricsAsync(bench, cli, page);
            if (what is "all" or "verdicts") await VerdictsAsync(bench, cli, ["/small", "/heavy", "/faulty"]);
            if (what is "all" or "many") await ManyAsync(bench);
            if (what is "spread") await SpreadAsync(bench);
            return 0;
        }
        finally
        {
            site.StandardInput.Close();
            await site.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!site.HasExited) site.Kill();
        }
    }

    private static async Task TimeAsync(Bench bench, LighthouseCli cli, string page)
    {
        var ours = new List<(ScanReport Report, TimeSpan Took, long Peak)>();
        var theirs = new List<(TimeSpan Took, long Peak)>();
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(await bench.ScanAsync([page], 1));
            var mobile = await cli.RunAsync(bench.Url + page, mobile: true, devtools: false);
            var desktop = await cli.RunAsync(bench.Url + page, mobile: false, devtools: false);
            theirs.Add((mobile.Took + desktop.Took, Math.Max(mobile.PeakMemory, desktop.PeakMemory)));
        }
        var (a, b) = (Median(ours.Select(o => o.Took.TotalSeconds)), Median(theirs.Select(t => t.Took.TotalSeconds)));
        Print($"{page,-8} both viewports, median of {Rounds}: ours {a:0.0} s, Lighthouse twice {b:0.0} s: {b / a:0.0} x faster; peak memory {ours.Max(o => o.Peak) / 1e6:0} MB against {theirs.Max(t => t.Peak) / 1e6:0} MB");
        foreach (var (report, took, _) in ours) Print($"  {took.TotalSeconds:0.00} s: {string.Join(", ", report.Pages.Select(p => $"{p.Viewport} {p.DurationMs} ms, its turn included"))}");
    }

    private static async Task MetricsAsync(Bench bench, LighthouseCli cli, string page)
    {
        var ours = new List<ScanReport>();
        var theirs = new Dictionary<string, List<LighthouseRun>> { ["desktop"] = [], ["mobile"] = [] };
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add((await bench.ScanAsync([page], 1)).Report);
            foreach (var (viewport, runs) in theirs) runs.Add(await cli.RunAsync(bench.Url + page, viewport == "mobile", devtools: true));
        }
        foreach (var (viewport, runs) in theirs)
        {
            foreach (var audit in Agreed)
            {
                var mine = Median(ours.Select(r => Metric(r.Pages.Single(p => p.Viewport == viewport), audit)));
                var other = Median(runs.Select(r => r.Metric(audit)));
                Print($"{page,-8} {viewport,-8} {audit,-26} ours {mine,7:0} ms, Lighthouse (devtools) {other,7:0} ms, {(other == 0 ? 0 : (mine - other) / other * 100),6:+0.0;-0.0;0.0} %, {mine - other:+0;-0;0} ms");
            }
        }
    }

    /// <summary>Every audit that both have, by its id; an audit that one of them does not apply is told, and counts as no disagreement.</summary>
    private static async Task VerdictsAsync(Bench bench, LighthouseCli cli, string[] pages)
    {
        var (same, all, apart) = (0, 0, new List<string>());
        foreach (var page in pages)
        {
            var report = (await bench.ScanAsync([page], 1)).Report;
            foreach (var mobile in new[] { false, true })
            {
                var audits = (await cli.RunAsync(bench.Url + page, mobile, devtools: false)).Report.GetProperty("audits");
                var viewport = mobile ? "mobile" : "desktop";
                foreach (var audit in report.Pages.Single(p => p.Viewport == viewport).Audits.Where(a => a.Category != "performance" || a.Weight == 0))
                {
                    if (!audits.TryGetProperty(audit.Id, out var other)) continue;
                    var mode = other.GetProperty("scoreDisplayMode").GetString();
                    double? score = other.GetProperty("score") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
                    if (mode is "informative" or "manual" or "error" || (score is null) != (audit.Score is null) || score is null)
                    {
                        if ((score is null) != (audit.Score is null) && mode is not ("informative" or "manual")) apart.Add($"{page} {viewport} {audit.Id}: ours {Word(audit.Score)}, Lighthouse {Word(score)} ({mode}); not counted");
                        continue;
                    }
                    all++;
                    if (audit.Score >= 0.9 == score >= 0.9) same++;
                    else apart.Add($"{page} {viewport} {audit.Id} ({audit.Category}): ours {Word(audit.Score)} ({audit.Value}), Lighthouse {Word(score)}");
                }
            }
        }
        Print($"verdicts: {same} of {all} equal ({100.0 * same / Math.Max(1, all):0.0} %)");
        foreach (var line in apart) Console.WriteLine("  " + line);
    }

    private static async Task ManyAsync(Bench bench)
    {
        var (report, took, peak) = await bench.ScanAsync([.. Enumerable.Range(1, 25).Select(i => $"/page/{i}")], 25);
        Print($"25 pages x 2 viewports in one job: {took.TotalSeconds:0.0} s, {took.TotalSeconds / 25:0.00} s a page, peak memory {peak / 1e6:0} MB, {report.Pages.Count(p => p.Outcome == PageOutcome.Audited)} of {report.Pages.Count} audited");
    }

    private static async Task SpreadAsync(Bench bench)
    {
        var runs = new List<ScanReport>();
        for (var i = 0; i < 20; i++) runs.Add((await bench.ScanAsync(["/heavy"], 1)).Report);
        foreach (var viewport in new[] { "desktop", "mobile" })
        {
            foreach (var (name, value) in new (string, Func<ReportPage, double?>)[] { ("fcp", p => p.Metrics!.Values.Fcp), ("lcp", p => p.Metrics!.Values.Lcp), ("tbt", p => p.Metrics!.Values.Tbt), ("speed index", p => p.Metrics!.Values.SpeedIndex), ("score", p => p.Scores!.Performance * 100) })
            {
                var values = runs.Select(r => value(r.Pages.Single(p => p.Viewport == viewport)) ?? double.NaN).Order().ToList();
                Print($"twenty scans of /heavy, {viewport,-8} {name,-12} {values[0],7:0} … {values[^1],7:0}, median {Median(values),7:0}, middle half {values[15] - values[5]:0}");
            }
        }
        Print($"findings: {runs.Select(r => string.Join(' ', r.Findings.Select(f => f.FindingId).Order(StringComparer.Ordinal))).Distinct().Count()} different sets in twenty scans");
    }

    private static string[] Arguments() => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(SiteLintBench).Assembly.Location, "serve-pages"] : ["serve-pages"];

    private static double Metric(ReportPage page, string audit) => audit switch
    {
        "first-contentful-paint" => page.Metrics?.Values.Fcp, "largest-contentful-paint" => page.Metrics?.Values.Lcp, _ => page.Metrics?.Values.Tbt,
    } ?? double.NaN;

    private static string Word(double? score) => score switch { null => "n/a", >= 0.9 => "passed", _ => "failed" };

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed record Bench(ScanWorld World, string Url, int SiteProcess)
    {
        /// <summary>From the order to the report: browser start, both viewports, axe, pictures, judgement. Memory is this process's, the driver's and the browser's together.</summary>
        public async Task<(ScanReport Report, TimeSpan Took, long Peak)> ScanAsync(IReadOnlyList<string> paths, int budget)
        {
            GC.Collect();
            using var memory = new ProcessTree(Environment.ProcessId, new HashSet<int> { SiteProcess });
            var clock = Stopwatch.StartNew();
            var arguments = ScanArguments.From(Url + paths[0], "standard", "desktop_mobile", paths, budget);
            var report = await World.Get<ScanRunner>().RunAsync("scn_bench", arguments, (_, _) => Task.CompletedTask, default);
            return (report, clock.Elapsed, memory.Peak);
        }
    }
}
