using System.Diagnostics;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Deployment;

public sealed class DependenciesTests
{
    [Fact]
    public async Task DependencyList_ComparedWithTheLockFilesAndThePackagesLicences_IsUpToDate()
    {
        string[] arguments = SourceTree.WritesDocs ? [] : ["--check"];
        using var script = Process.Start(new ProcessStartInfo(SourceTree.At("scripts", "dependencies.sh"), arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, errors);
    }
}
