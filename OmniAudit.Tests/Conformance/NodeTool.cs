using System.Diagnostics;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Conformance;

/// <summary>An npm program of OmniAudit.Tests/Clients, under the Node that stands beside it (the suites want 22).</summary>
internal static class NodeTool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Clients { get; } = SourceTree.At("OmniAudit.Tests", "Clients");

    public static async Task<(int ExitCode, string Output)> RunAsync(string script, params string[] arguments)
    {
        var modules = Path.Combine(Clients, "node_modules");
        if (!Directory.Exists(modules)) throw new InvalidOperationException("The npm programs are not installed: run ./test.sh, or npm ci in OmniAudit.Tests/Clients.");
        var start = new ProcessStartInfo(Path.Combine(modules, "node", "bin", "node"), [Path.Combine(modules, script), .. arguments])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Clients,
        };
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script} did not end within {Patience}: {await output}{await errors}", late);
        }
        return (process.ExitCode, await output + await errors);
    }
}
