using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.Settings;

public sealed class SettingsDocumentTests
{
    [Fact]
    public async Task SettingsDocument_InTheRepository_IsCurrent()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "OmniAudit.sln"))) root = root.Parent!;
        var file = Path.Combine(root.FullName, "docs", "settings.md");
        if (Environment.GetEnvironmentVariable("OMNIAUDIT_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, SettingsDocument.Write());
        }
        Assert.Equal(await File.ReadAllTextAsync(file), SettingsDocument.Write());
    }
}
