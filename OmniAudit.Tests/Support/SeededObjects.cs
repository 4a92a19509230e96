using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Tests.Support;

/// <summary>Rows of every module that refer to objects, with their objects, as the modules leave them.</summary>
internal static class SeededObjects
{
    /// <summary>A piece of evidence with one file; its id.</summary>
    public static async Task<string> AddEvidenceAsync(TestApp app, string repo, string text, string headSha = "")
    {
        var store = app.Get<EvidenceStore>();
        var intake = store.Intake();
        var bytes = Encoding.UTF8.GetBytes(text);
        await intake.AddAsync("log.txt", new MemoryStream(bytes), bytes.Length, null, CancellationToken.None);
        return (await store.SaveAsync(new EvidenceOrigin(EvidenceKinds.Upload, text, repo, HeadSha: headSha), intake, "person:opr_test", CancellationToken.None)).EvidenceId;
    }

    /// <summary>A set of findings read out of it; its id.</summary>
    public static async Task<string> AddFindingsAsync(TestApp app, string evidenceId, string repo, string? baseId = null, string headSha = "", string? finding = null)
    {
        var row = await app.Get<FindingsStore>().SaveAsync(new FindingsDocument(1, "v1", [evidenceId], repo, 0, headSha, "auto", "by_id", baseId, [], [], [], null, [], new TestCounts(0, 0, 0, 0, 0), [], [Guid.NewGuid().ToString("N")]), "person:opr_test", CancellationToken.None);
        if (finding is not null) await app.Get<Database>().WriteAsync(db => db.Set<FindingsRow>().Where(f => f.FindingsId == row.FindingsId).ExecuteUpdateAsync(s => s.SetProperty(f => f.FindingKeys, FindingsStore.KeyOf(finding)!)), CancellationToken.None);
        return row.FindingsId;
    }

    /// <summary>A finished triage draft; its id.</summary>
    public static async Task<string> AddDraftAsync(TestApp app, string repo, string? findingsId = null, string status = JobStatus.Completed)
    {
        var facts = await PutAsync(app, $"facts {Guid.NewGuid()}");
        var job = new JobRow { JobId = Ids.New("job", app.Time), Module = "auditlens", Kind = "auditlens.triage", Status = status, CreatedAt = app.Time.GetUtcNow() };
        var draft = new TriageDraftRow { DraftId = TriageDraftRow.IdOf(job.JobId), JobId = job.JobId, Repo = repo, PrNumber = 7, Version = 1, FactsRef = facts, FindingsId = findingsId, CreatedAt = app.Time.GetUtcNow() };
        await SaveAsync(app, job, draft, new TriageVersionRow { DraftId = draft.DraftId, Number = 1, Markdown = "# Draft", At = draft.CreatedAt });
        return draft.DraftId;
    }

    /// <summary>Release notes of one version; their id.</summary>
    public static async Task<string> AddNotesAsync(TestApp app)
    {
        var notes = new NotesRow { NotesId = Ids.New("nts", app.Time), Repo = "acme/site", DocumentRef = await PutAsync(app, $"document {Guid.NewGuid()}"), CreatedAt = app.Time.GetUtcNow() };
        await SaveAsync(app, notes, new NotesVersionRow { NotesId = notes.NotesId, Number = 1, MarkdownRef = await PutAsync(app, $"# Notes {Guid.NewGuid()}"), CreatedAt = notes.CreatedAt });
        return notes.NotesId;
    }

    public static async Task<string> PutAsync(TestApp app, string text) => (await app.Get<ObjectStore>().PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), "", CancellationToken.None)).Reference;

    public static Task SaveAsync(TestApp app, params object[] rows) => app.Get<Database>().WriteAsync(db =>
    {
        db.AddRange(rows);
        return Task.CompletedTask;
    }, CancellationToken.None);

    /// <summary>The file of a local object.</summary>
    public static string FileOf(TestApp app, string reference) => reference[^64..] is var sha ? Path.Combine(app.Options.Data, "objects", "sha256", sha[..2], sha) : "";

    /// <summary>Makes every local object look as if stored so long ago, in a database that is older still.</summary>
    public static async Task AgeAsync(TestApp app, TimeSpan by)
    {
        await app.Get<Database>().WriteAsync(db => db.Set<LogIdentityRow>().ExecuteUpdateAsync(s => s.SetProperty(i => i.CreatedAt, TimeProvider.System.GetUtcNow().AddYears(-5))), CancellationToken.None);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(app.Options.Data, "objects", "sha256"), "*", SearchOption.AllDirectories)) File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime - by);
    }
}
