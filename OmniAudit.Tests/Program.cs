using System.Globalization;
using System.Text.Json;
using OmniAudit.Tests.AdminOps.Ask;
using OmniAudit.Tests.AdminOps.Ingest;
using OmniAudit.Tests.Approvals;
using OmniAudit.Tests.Bench;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Observability;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Storage.Upgrades;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests;

/// <summary>The processes that tests start beside their own, and what bench/ measures inside the product, by the first word.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["serve-and-die", .. var rest]: return await DyingServer.RunAsync(rest);
            case ["make-kept-store"]:
                await KeptStore.MakeAsync();
                return 0;
            case ["approve-all"]: return await ApproveAll.RunAsync();
            case ["contend", .. var rest]: return await ContentionSide.RunAsync(rest);
            case ["write-while-encoding-is-set"]:
                await ConsoleWritersTests.WriteWhileEncodingIsSetAsync();
                return 0;
            case ["hostile-site", var word]:
                TestProcess.Answer(JsonSerializer.Serialize(await (word == "fenced" ? HostileSite.RunFencedAsync() : HostileSite.RunUnfencedAsync())));
                return 0;
            case ["scan-and-die", var data, var allow, var jobId, var point]: return await ScanDeathTests.DieAsync(data, allow, jobId, point);
            case ["bench-receipts", var data, var count]:
                await ReceiptsBench.RunAsync(data, int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["bench-verdicts", .. var urls]: return await VerdictBench.RunAsync(urls);
            case ["serve-bench", var data]: return await McpBench.ServeAsync(data);
            case ["bench-stability", var scans]: return await StabilityBench.RunAsync(int.Parse(scans, CultureInfo.InvariantCulture));
            case ["bench-mcp", var ours, var peer]: return await McpBench.CompareAsync(new Uri(ours), new Uri(peer));
            case ["bench-call", var url, var tool, var connections]: return await McpBench.OneAsync(new Uri(url), tool, int.Parse(connections, CultureInfo.InvariantCulture));
            case ["bench-formats", .. var directories]: return EvidenceBench.Formats(directories);
            case ["bench-sarif", var results]: return EvidenceBench.Sarif(int.Parse(results, CultureInfo.InvariantCulture));
            case ["bench-log", var megabytes]: return EvidenceBench.Log(int.Parse(megabytes, CultureInfo.InvariantCulture));
            case ["bench-sha256", var megabytes]: return await Sha256Bench.RunAsync(int.Parse(megabytes, CultureInfo.InvariantCulture));
            case ["bench-notes", var commits]: return await NotesBench.RunAsync(int.Parse(commits, CultureInfo.InvariantCulture));
            case ["bench-notes-corpus", var folder]: return NotesBench.Corpus(folder);
            case ["microsoft-stand-in"]: return await MicrosoftStandInVerb.RunAsync(2000);
            case ["github-stand-in"]: return await GitHubStandIn.RunAsync();
            case ["bench-adminops", var data, var events, .. var rest]: return await AdminOpsBench.RunAsync(data, int.Parse(events, CultureInfo.InvariantCulture), rest is ["substrings"]);
            case ["model-stand-in"]: return await ModelStandIn.RunAsync();
            case ["serve-pages"]: return await SiteLintPages.ServeAsync();
            case ["bench-sitelint", var node, var lighthouse, var what]: return await SiteLintBench.RunAsync(node, lighthouse, what);
            default:
                await Console.Error.WriteLineAsync("usage: OmniAudit.Tests bench-receipts DATA-DIRECTORY COUNT");
                return 64;
        }
    }
}
