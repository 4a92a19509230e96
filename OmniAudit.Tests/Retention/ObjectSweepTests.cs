using System.Globalization;
using Amazon.S3.Model;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Retention;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Retention;

/// <summary>What nothing refers to goes, and nothing else.</summary>
[Collection(S3Server.Name)]
public sealed class ObjectSweepTests(SwiftServer swift)
{
    private static readonly TimeSpan Old = TimeSpan.FromDays(2);

    private static async Task<(bool Done, string Words)> SweepAsync(TestApp app, bool dryRun = false)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        return (await app.Get<ObjectSweeper>().RunAsync(dryRun, output, UpkeepProgress.None, default), output.ToString());
    }

    [Fact]
    public async Task Sweep_OldObjectsThatNothingRefersTo_AreDeletedAndRecorded()
    {
        await using var app = await TestApp.StartAsync();
        var scan = await FullScan.AddAsync(app, "https://sweep.test");
        var kept = (await app.Get<ReportStore>().FindAsync(scan, default))!.ReportRef!;
        var orphan = await SeededObjects.PutAsync(app, "nobody's");
        await SeededObjects.AgeAsync(app, Old);
        var young = await SeededObjects.PutAsync(app, "nobody's yet");
        var notes = Path.Combine(app.Options.Data, "objects", "notes.txt");
        await File.WriteAllTextAsync(notes, "somebody's");
        File.SetLastWriteTimeUtc(notes, DateTime.UnixEpoch);

        var (done, words) = await SweepAsync(app, dryRun: true);
        Assert.True(done && words == $"would delete\t{orphan}\t8\n1 objects (1 KiB) would be deleted.\n", words);
        Assert.True(File.Exists(SeededObjects.FileOf(app, orphan)));
        (done, words) = await SweepAsync(app);

        Assert.True(done && words == "1 objects (1 KiB) deleted.\n", words);
        Assert.False(File.Exists(SeededObjects.FileOf(app, orphan)));
        Assert.True(File.Exists(SeededObjects.FileOf(app, kept)) && File.Exists(SeededObjects.FileOf(app, young)) && File.Exists(notes));
        Assert.True(await new ObjectCheck(app.Get<ObjectStore>(), (IEnumerable<IObjectReferrer>)app.Services.GetService(typeof(IEnumerable<IObjectReferrer>))!).RunAsync(false, TextWriter.Null, UpkeepProgress.None, default));
        var row = Assert.Single((await app.Get<AuditQueries>().ListAsync(new CallFilter("retention.sweep_objects"), default)));
        Assert.StartsWith("1 objects (8 bytes)", row.OutputRef, StringComparison.Ordinal);
    }

    /// <summary>It was listed as old, and is put again before its turn comes.</summary>
    [Fact]
    public async Task Sweep_ObjectStoredAgainMeanwhile_Stays()
    {
        await using var app = await TestApp.StartAsync();
        var reference = await SeededObjects.PutAsync(app, "wanted again");
        await SeededObjects.AgeAsync(app, Old);
        var local = app.Get<ObjectStore>().Local;
        var listed = Assert.Single(local.List());
        Assert.True(listed.Modified < TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1));
        await SeededObjects.PutAsync(app, "wanted again");

        Assert.False(local.Delete(listed.Sha256, TimeProvider.System.GetUtcNow() - ObjectSweep.Grace));
        Assert.Equal("wanted again", System.Text.Encoding.UTF8.GetString(await LocalObjectStoreTests.ReadAsync(app.Get<ObjectStore>(), reference)));
        Assert.False(local.Delete(new string('a', 64), TimeProvider.System.GetUtcNow()));
        Assert.Empty(Directory.GetFiles(local.SpoolDirectory));
    }

    [Fact]
    public async Task Sweep_KilledBetweenTakingAwayAndLooking_IsMendedByTheNext()
    {
        await using var app = await TestApp.StartAsync();
        var reference = await SeededObjects.PutAsync(app, "aside");
        var (file, local) = (SeededObjects.FileOf(app, reference), app.Get<ObjectStore>().Local);
        File.Move(file, Path.Combine(local.SpoolDirectory, reference[^64..] + ".swept"));
        await SweepAsync(app);
        Assert.True(File.Exists(file));
        Assert.Empty(Directory.GetFiles(local.SpoolDirectory));
    }

    /// <summary>A new database on the store of an older one does not know who wants what is there.</summary>
    [Fact]
    public async Task Sweep_ObjectsOlderThanTheDatabase_Stay()
    {
        await using var app = await TestApp.StartAsync();
        var reference = await SeededObjects.PutAsync(app, "of the old database");
        await SeededObjects.AgeAsync(app, Old);
        await app.Get<Database>().WriteAsync(db => db.Set<LogIdentityRow>().ExecuteUpdateAsync(s => s.SetProperty(i => i.CreatedAt, app.Time.GetUtcNow())), default);
        Assert.True((await SweepAsync(app)).Done);
        Assert.True(File.Exists(SeededObjects.FileOf(app, reference)));
    }

    [Fact]
    public async Task Sweep_ReportThatCannotBeRead_DeletesNothing()
    {
        await using var app = await TestApp.StartAsync();
        var scan = await FullScan.AddAsync(app, "https://lost.test");
        var orphan = await SeededObjects.PutAsync(app, "nobody's");
        await SeededObjects.AgeAsync(app, Old);
        File.Delete(SeededObjects.FileOf(app, (await app.Get<ReportStore>().FindAsync(scan, default))!.ReportRef!));

        var (done, words) = await SweepAsync(app);

        Assert.False(done);
        Assert.Contains($"scan {scan}: report", words, StringComparison.Ordinal);
        Assert.Contains("Nothing was deleted", words, StringComparison.Ordinal);
        Assert.True(File.Exists(SeededObjects.FileOf(app, orphan)));
    }

    [Fact]
    public async Task Sweep_Bucket_LooksAgainJustBeforeItDeletes()
    {
        await using var server = await FaultyS3.StartAsync();
        await using var app = await TestApp.StartAsync(o => server.Configure(o));
        var wanted = $"omniaudit/{(await SeededObjects.PutAsync(app, "evidence"))[^64..]}";
        await SeededObjects.AddEvidenceAsync(app, "acme/site", "evidence");
        string[] orphans = [.. Enumerable.Range(0, 5).Select(i => SeededObjects.PutAsync(app, $"orphan {i}").GetAwaiter().GetResult()[^64..]).Order(StringComparer.Ordinal)];
        server.Put($"omniaudit/{new string('a', 64)}.json", []);
        server.Put("omniaudit/notes.txt", []);
        server.Put($"elsewhere/{new string('a', 64)}", []);
        var upload = (await new Amazon.S3.AmazonS3Client("key", "secret", new Amazon.S3.AmazonS3Config { ServiceURL = server.Url, ForcePathStyle = true, AuthenticationRegion = "us-east-1" }).InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = FaultyS3.Bucket, Key = $"omniaudit/{new string('b', 64)}" })).UploadId;
        Assert.NotEmpty(upload);
        foreach (var key in server.Keys) server.Age(key, Old);
        server.AgeUploads(Old);
        Directory.CreateDirectory(Path.Combine(app.Options.Data, "objects", "sha256"));
        await SeededObjects.AgeAsync(app, Old);
        // While the last of them is asked for its time, it is put again.
        server.Break($"HEAD /ours/omniaudit/{orphans[4]}", 500, 1, () => server.Age($"omniaudit/{orphans[4]}", TimeSpan.Zero));

        var (done, words) = await SweepAsync(app);

        Assert.True(done && words.StartsWith("4 objects", StringComparison.Ordinal), words);
        Assert.Equal(0, server.Uploads);
        Assert.Contains(wanted, server.Keys);
        Assert.Contains($"omniaudit/{orphans[4]}", server.Keys);
        Assert.Empty(server.Keys.Intersect(orphans[..4].Select(o => $"omniaudit/{o}")));
        Assert.Equal(3, server.Keys.Count(k => k.EndsWith(".json", StringComparison.Ordinal) || k.EndsWith(".txt", StringComparison.Ordinal) || k.StartsWith("elsewhere", StringComparison.Ordinal)));
    }

    [S3Fact]
    public async Task Sweep_RealBucket_DeletesWhatIsOldAndNobodys()
    {
        var bucket = await swift.CreateBucketAsync();
        await using var app = await TestApp.StartAsync(o => swift.Configure(o, bucket));
        var scan = await FullScan.AddAsync(app, "https://bucket.test");
        var orphan = await SeededObjects.PutAsync(app, "nobody's");
        Assert.Equal("0 objects (0 KiB) deleted.\n", (await SweepAsync(app)).Words);
        await app.Get<Database>().WriteAsync(db => db.Set<LogIdentityRow>().ExecuteUpdateAsync(s => s.SetProperty(i => i.CreatedAt, app.Time.GetUtcNow().AddYears(-1))), default);
        app.Time.Advance(Old);

        Assert.Equal("1 objects (1 KiB) deleted.\n", (await SweepAsync(app)).Words);

        Assert.False(await app.Get<ObjectStore>().ExistsAsync(orphan, default));
        Assert.NotNull((await app.Get<ScanQueries>().FindAsync(scan, default))!.Report);
    }
}
