using System.Diagnostics;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Conformance;

/// <summary>An npm program of OmniAudit.Tests/Clients, under the Node that stands beside it (the suites want 22).</summary>
internal static class NodeTool
{
    public static string Clients { get; } = SourceTree.At("OmniAudit.Tests", "Clients");

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string script, params string[] arguments)
    {
        var modules = Path.Combine(Clients, "node_modules");
        if (!Directory.Exists(modules)) throw new InvalidOperationException("The npm programs are not installed: run ./test.sh, or npm ci in OmniAudit.Tests/Clients.");
        var start = new ProcessStartInfo(Path.Combine(modules, "node", "bin", "node"), [Path.Combine(modules, script), .. arguments])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Clients,
        };
        start.Environment["NO_COLOR"] = "1";
        // The Inspector keeps files in its user's home; not in anybody's.
        start.Environment["HOME"] = Path.Combine(AppContext.BaseDirectory, "node-home");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        }
        catch (TimeoutException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script} did not end within {Eventually.Patience}: {await output}{await errors}", late);
        }
        return (process.ExitCode, await output, await errors);
    }
}
