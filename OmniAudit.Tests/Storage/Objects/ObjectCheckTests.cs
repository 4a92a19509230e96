using System.Globalization;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Objects;

public sealed class ObjectCheckTests : IAsyncLifetime
{
    private TestApp _app = null!;
    private string _scan = "";

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync();
        _scan = await FullScan.AddAsync(_app, "https://check.test");
        await SeededObjects.AddEvidenceAsync(_app, "acme/check", "a log");
    }

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    private async Task<(bool Well, string[] Lines)> CheckAsync(bool quick = false)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        var well = await _app.Get<ObjectCheck>().RunAsync(quick, output, UpkeepProgress.None, default);
        return (well, output.ToString().TrimEnd().Split('\n'));
    }

    private async Task<string> ReportAsync() => (await _app.Get<ReportStore>().FindAsync(_scan, default))!.ReportRef!;

    private async Task<string> PictureAsync() => (await _app.Get<ReportStore>().LoadAsync(await ReportAsync(), default)).Pages[0].Screenshot!.Reference;

    [Fact]
    public async Task Check_EverythingThere_SaysSo()
    {
        Assert.Equal((true, true), ((await CheckAsync()).Well, (await CheckAsync(quick: true)).Well));
        Assert.StartsWith("4 objects, to which", Assert.Single((await CheckAsync()).Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_MissingAndDamagedObjects_AreListedWithWhoRefers()
    {
        var picture = await PictureAsync();
        await File.WriteAllTextAsync(SeededObjects.FileOf(_app, picture), "another picture");
        var (well, lines) = await CheckAsync();
        Assert.False(well);
        Assert.Contains($"damaged\t{picture}\tscan {_scan}: picture", lines);
        Assert.True((await CheckAsync(quick: true)).Well);

        File.Delete(SeededObjects.FileOf(_app, picture));
        foreach (var quick in new[] { true, false })
        {
            (well, lines) = await CheckAsync(quick);
            Assert.False(well);
            Assert.Contains($"missing\t{picture}\tscan {_scan}: picture", lines);
            Assert.Contains("1 missing, 0 damaged", lines[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Check_LostReport_IsToldOnce()
    {
        File.Delete(SeededObjects.FileOf(_app, await ReportAsync()));
        var (well, lines) = await CheckAsync();
        Assert.False(well);
        Assert.Equal($"missing\t{await ReportAsync()}\tscan {_scan}: report", Assert.Single(lines[..^1]));
    }

    [Fact]
    public async Task Check_ReportThatIsNone_IsUnreadable()
    {
        var other = await SeededObjects.PutAsync(_app, "no report");
        await _app.Get<Database>().WriteAsync(db => db.Set<ScanRow>().Where(r => r.ScanId == _scan).ExecuteUpdateAsync(set => set.SetProperty(r => r.ReportRef, other)), default);
        var (well, lines) = await CheckAsync();
        Assert.False(well);
        Assert.Contains($"unreadable\t{other}\tscan {_scan}: report", lines);
    }

    [Fact]
    public async Task Verb_ExitCodesAndStreams_AreThoseOfTheManual()
    {
        var (code, output, errors) = await ServerProcess.RunAsync(["objects", "check"], _app.Options.Data);
        Assert.True(code == 0 && output.StartsWith("4 objects", StringComparison.Ordinal), $"{code} {output} {errors}");
        Assert.Contains("4 objects, ", errors, StringComparison.Ordinal);
        var picture = await PictureAsync();
        File.Delete(SeededObjects.FileOf(_app, picture));
        (code, output, errors) = await ServerProcess.RunAsync(["objects", "check", "--quick"], _app.Options.Data);
        Assert.True(code == 1 && output.Contains($"missing\t{picture}", StringComparison.Ordinal), $"{code} {output} {errors}");
        (code, output, errors) = await ServerProcess.RunAsync(["objects", "check"], _app.Options.Data, new Dictionary<string, string> { ["OBJECT_STORE_BUCKET"] = "ours", ["S3_ENDPOINT_URL"] = "http://127.0.0.1:1", ["S3_ACCESS_KEY_ID"] = "key", ["S3_SECRET_ACCESS_KEY"] = "secret" });
        Assert.True(code == 1 && errors.Split('\n').Count(l => l.StartsWith("S3_ENDPOINT_URL", StringComparison.Ordinal)) == 1, $"{code} {output} {errors}");
        (code, _, errors) = await ServerProcess.RunAsync(["objects", "copy", "--to", "s3"], _app.Options.Data);
        Assert.True(code == 1 && errors.StartsWith("OBJECT_STORE_BUCKET: ", StringComparison.Ordinal), errors);
        (code, output, errors) = await ServerProcess.RunAsync(["objects", "sweep", "--dry-run"], _app.Options.Data);
        Assert.True(code == 0 && output.Contains("0 objects", StringComparison.Ordinal), $"{code} {output} {errors}");
    }
}
