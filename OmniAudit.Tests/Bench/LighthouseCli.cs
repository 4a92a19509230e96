using System.Diagnostics;
using System.Text.Json;

namespace OmniAudit.Tests.Bench;

/// <summary>One run of the Lighthouse CLI.</summary>
/// <param name="PeakMemory">Bytes, node and its browser together.</param>
internal sealed record LighthouseRun(TimeSpan Took, long PeakMemory, JsonElement Report)
{
    public double Metric(string audit) => Report.GetProperty("audits").GetProperty(audit).TryGetProperty("numericValue", out var value) ? value.GetDouble() : double.NaN;
}

/// <param name="Node">22.19 or later.</param>
/// <param name="Directory">Where its npm package is installed.</param>
internal sealed record LighthouseCli(string Node, string Directory, string Chromium)
{
    private const string Flags = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run";

    /// <param name="devtools">Performance alone with real throttling, as our own pass does it; otherwise everything with Lighthouse's defaults.</param>
    public async Task<LighthouseRun> RunAsync(string url, bool mobile, bool devtools)
    {
        var output = Path.GetTempFileName();
        List<string> arguments = [Path.Combine(Directory, "node_modules/lighthouse/cli/index.js"), url, "--output=json", "--output-path=" + output, "--quiet", "--no-enable-error-reporting", "--chrome-flags=" + Flags];
        if (!mobile) arguments.Add("--preset=desktop");
        if (devtools) arguments.AddRange(["--throttling-method=devtools", "--only-categories=performance"]);
        // Its desktop preset knows no devtools throttling; these are the figures that it simulates.
        if (devtools && !mobile) arguments.AddRange(["--throttling.requestLatencyMs=40", "--throttling.downloadThroughputKbps=10240", "--throttling.uploadThroughputKbps=10240"]);
        var start = new ProcessStartInfo(Node, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["CHROME_PATH"] = Chromium;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        using var memory = new ProcessTree(process.Id, new HashSet<int>());
        var (errors, nothing) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        var took = clock.Elapsed;
        await nothing;
        if (process.ExitCode != 0) throw new InvalidOperationException("Lighthouse failed: " + await errors);
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(output)).RootElement;
        File.Delete(output);
        return new LighthouseRun(took, memory.Peak, report);
    }
}
