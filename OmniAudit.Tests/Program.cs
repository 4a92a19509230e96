using OmniAudit.Tests.Approvals;

namespace OmniAudit.Tests;

/// <summary>The processes that tests start beside their own, by the first word.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => args.FirstOrDefault() switch
    {
        "serve-and-die" => DyingServer.RunAsync(args[1..]),
        "contend" => ContentionSide.RunAsync(args[1..]),
        var word => throw new ArgumentException($"There is no process '{word}'."),
    };
}
