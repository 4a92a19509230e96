using System.Diagnostics;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Deployment;

public sealed class SystemdUnitTests
{
    [SystemdFact]
    public async Task Unit_JudgedBySystemd_IsUnderstoodAndClosed()
    {
        var directory = Directory.CreateTempSubdirectory("omniaudit-unit-").FullName;
        try
        {
            var unit = Path.Combine(directory, "omniaudit.service");
            // The program need not be installed to judge the rest.
            await File.WriteAllTextAsync(unit, (await File.ReadAllTextAsync(SourceTree.At("deploy", "omniaudit.service"))).Replace("/usr/bin/dotnet ", "/bin/true ", StringComparison.Ordinal));

            Assert.Equal((0, ""), await AnalyzeAsync("verify", unit));
            // Tenths, from 0 (closed) to 100. What is open: the network, code made at run time, and the namespaces of Chromium's sandbox.
            var (code, text) = await AnalyzeAsync("security", "--offline=true", "--threshold=25", unit);
            Assert.True(code == 0, text);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<(int Code, string Text)> AnalyzeAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(SystemdFactAttribute.Program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}

/// <summary>A test that needs systemd-analyze; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SystemdFactAttribute : FactAttribute
{
    internal const string Program = "/usr/bin/systemd-analyze";

    public SystemdFactAttribute() => Skip = File.Exists(Program) ? null : "systemd-analyze is not installed.";
}
