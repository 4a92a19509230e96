using System.Globalization;
using OmniAudit.Tests.Approvals;
using OmniAudit.Tests.Bench;

namespace OmniAudit.Tests;

/// <summary>The processes that tests start beside their own, and what bench/ measures inside the product, by the first word.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["serve-and-die", .. var rest]: return await DyingServer.RunAsync(rest);
            case ["contend", .. var rest]: return await ContentionSide.RunAsync(rest);
            case ["bench-receipts", var data, var count]:
                await ReceiptsBench.RunAsync(data, int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["serve-bench", var data]: return await McpBench.ServeAsync(data);
            case ["bench-mcp", var ours, var peer]: return await McpBench.CompareAsync(new Uri(ours), new Uri(peer));
            default:
                await Console.Error.WriteLineAsync("usage: OmniAudit.Tests bench-receipts DATA-DIRECTORY COUNT");
                return 64;
        }
    }
}
