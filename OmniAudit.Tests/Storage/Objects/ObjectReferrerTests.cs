using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Objects;

/// <summary>The one list of who refers to objects: what is not on it is swept away.</summary>
public sealed class ObjectReferrerTests(SharedApp shared) : IClassFixture<SharedApp>
{
    /// <summary>Columns whose name says reference and that keep no object.</summary>
    private static readonly Dictionary<string, string> None = new(StringComparer.Ordinal)
    {
        ["calls.OutputRef"] = "what was answered, as a word; a record must not keep the thing alive that it is about",
        ["jobs.ResultRef"] = "the same as the scan's ReportRef or the draft's id, whose rows keep them",
        ["approvals.ErrorReference"] = "finds a log line",
    };

    private readonly TestApp _app = shared.App;

    [Fact]
    public async Task Columns_ThatHoldReferences_AllBelongToAReferrer()
    {
        var claimed = _app.Services.GetServices<IObjectReferrer>().SelectMany(r => r.Columns).ToList();
        var found = await _app.Get<Database>().ReadAsync(db => Task.FromResult(
            (from entity in db.Model.GetEntityTypes()
             from property in entity.GetProperties()
             where property.ClrType == typeof(string) && (property.Name.EndsWith("Ref", StringComparison.Ordinal) || property.Name.EndsWith("Reference", StringComparison.Ordinal))
             select $"{entity.GetTableName()}.{property.Name}").ToList()), default);
        Assert.True(found.Count >= 9, $"Only {found.Count} columns were found.");
        Assert.Empty(found.Except(claimed).Except(None.Keys));
        Assert.Empty(claimed.Concat(None.Keys).Except(found));
        Assert.Empty(claimed.Intersect(None.Keys));
    }

    [Fact]
    public async Task Uses_OfEveryModule_AreListedWithWhoRefers()
    {
        var scan = await FullScan.AddAsync(_app, "https://refers.test");
        var evidence = await SeededObjects.AddEvidenceAsync(_app, "acme/refers", "a log");
        var findings = await SeededObjects.AddFindingsAsync(_app, evidence, "acme/refers");
        var draft = await SeededObjects.AddDraftAsync(_app, "acme/refers", findings);
        var notes = await SeededObjects.AddNotesAsync(_app);

        var uses = new List<ObjectUse>();
        foreach (var referrer in _app.Services.GetServices<IObjectReferrer>())
        await foreach (var use in referrer.ReadAsync(default)) uses.Add(use);

        Assert.All(uses, use => Assert.Null(use.Unread));
        foreach (var who in new[] { $"scan {scan}: report", $"scan {scan}: picture", $"evidence {evidence}: manifest", $"evidence {evidence}: file log.txt", $"findings {findings}", $"triage draft {draft}: facts", $"release notes {notes}", $"release notes {notes}: version 1" })
            Assert.Contains(uses, use => use.Who == who);
        foreach (var use in uses) Assert.True(await _app.Get<ObjectStore>().ExistsAsync(use.Reference, default), use.Who);
    }

    [Fact]
    public async Task Rows_OverManyPages_AreEachReadOnce()
    {
        await SeededObjects.SaveAsync(_app, [.. Enumerable.Range(0, 450).Select(i => new NotesRow { NotesId = $"many_{i:0000}", DocumentRef = $"local://sha256/{i:x64}" })]);
        var referrer = _app.Services.GetServices<IObjectReferrer>().Single(r => r.Columns.Contains("release_notes.DocumentRef"));
        var seen = new List<string>();
        await foreach (var use in referrer.ReadAsync(default)) if (use.Who.Contains("many_", StringComparison.Ordinal)) seen.Add(use.Reference);
        Assert.Equal(Enumerable.Range(0, 450).Select(i => $"local://sha256/{i:x64}"), seen);
        await _app.Get<Database>().WriteAsync(db => db.Set<NotesRow>().Where(n => n.NotesId.StartsWith("many_")).ExecuteDeleteAsync(), default);
    }
}
