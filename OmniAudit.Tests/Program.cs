using OmniAudit.Tests.Bench;

namespace OmniAudit.Tests;

/// <summary>What bench/ needs from inside the product; the tests themselves are run by <c>dotnet test</c>.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        switch (args)
        {
            case ["bench-receipts", var data, var count] when int.TryParse(count, out var receipts) && receipts > 0:
                await ReceiptsBench.RunAsync(data, receipts);
                return 0;
            default:
                await Console.Error.WriteLineAsync("usage: OmniAudit.Tests bench-receipts DATA-DIRECTORY COUNT");
                return 64;
        }
    }
}
