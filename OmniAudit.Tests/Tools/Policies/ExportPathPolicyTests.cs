using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.Tools.Policies;

public sealed class ExportPathPolicyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("exports-").FullName;
    private readonly string _outside = Directory.CreateTempSubdirectory("outside-").FullName;

    [Theory]
    [InlineData("report.json")]
    [InlineData("acme/2026-05/report (1).zip")]
    public void Check_PlainRelativePath_IsAllowed(string destination)
    {
        var verdict = Policy().Resolve(destination, out var path);

        Assert.True(verdict.Allowed, verdict.Message);
        Assert.Equal(Path.Combine(_root, destination), path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/cron.d/x")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/..")]
    [InlineData("./x")]
    [InlineData("a//x")]
    [InlineData("a/")]
    [InlineData("..\\x")]
    [InlineData("a\\x")]
    [InlineData("C:x")]
    [InlineData("C:/x")]
    [InlineData("x.txt:stream")]
    [InlineData("~/x")]
    [InlineData("~root/x")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData(".ssh/authorized_keys")]
    [InlineData("-rf")]
    [InlineData("name.")]
    [InlineData("name ")]
    [InlineData("nul")]
    [InlineData("NUL.json")]
    [InlineData("a/com1.txt")]
    [InlineData("ünïcode.json")]
    [InlineData("%2e%2e/x")]
    [InlineData("a/b/c/d/e/f/g/h/i")]
    public void Check_AnythingElse_IsRefused(string destination)
    {
        var verdict = Policy().Resolve(destination, out var path);

        Assert.Equal("export_path_denied", verdict.Code);
        Assert.NotEmpty(verdict.Message);
        Assert.Empty(path);
    }

    [Fact]
    public void Check_ThroughALinkedDirectory_IsRefused()
    {
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), _outside);
        Assert.Contains("link", Policy().Check("link/report.json").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_LinkedFile_IsRefusedAlsoWhenItDangles()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "report.json"), Path.Combine(_outside, "not-there"));
        Assert.False(Policy().Check("report.json").Allowed);
    }

    [Fact]
    public void Check_DirectoryOrFileInTheWay_IsRefused()
    {
        Directory.CreateDirectory(Path.Combine(_root, "taken"));
        File.WriteAllText(Path.Combine(_root, "file"), "x");

        Assert.False(Policy().Check("taken").Allowed);
        Assert.False(Policy().Check("file/report.json").Allowed);
        Assert.True(Policy().Check("taken/report.json").Allowed);
    }

    [Fact]
    public void Check_AnyText_NeverLeavesTheRoot()
    {
        var hostile = Gen.Elements("..", ".", "/", "\\", "a", "B1", "~", ":", "\0", " ", "%2f", "…", "-").ListOf().Select(parts => string.Concat(parts));
        Prop.ForAll(hostile.ToArbitrary(), destination =>
            !Policy().Resolve(destination, out var path).Allowed || Path.GetFullPath(path).StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .QuickCheckThrowOnFailure();
    }

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        Directory.Delete(_outside, recursive: true);
    }

    private ExportPathPolicy Policy() => new(new OmniAuditOptions { ReportsRoot = _root });
}
