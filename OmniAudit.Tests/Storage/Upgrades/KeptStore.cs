using System.IO.Compression;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Upgrades;

/// <summary>What a kept data directory holds, as its maker saw it.</summary>
/// <param name="MadeAt">When it was left: approved requests have not expired a minute later.</param>
/// <param name="Migration">The newest change of its schema.</param>
/// <param name="Receipts">The SHA-256 of every receipt, in order.</param>
/// <param name="Approvals">Each request's state and id.</param>
internal sealed record KeptFacts(
    DateTimeOffset MadeAt, string Migration, string Vkey, string AgentKey, IReadOnlyList<string> Receipts, IReadOnlyDictionary<string, string> Approvals, string ScanId, string EvidenceId, string FindingsId);

/// <summary>A data directory as an earlier schema had it, kept in a file beside this one; README.md says how it was made.</summary>
internal sealed class KeptStore : IDisposable
{
    public const string Migration = "20261122140732_GitHubModules";
    private const string FactsName = "facts.json";

    private KeptStore(string directory, KeptFacts facts) => (Directory, Facts) = (directory, facts);

    public string Directory { get; }
    public KeptFacts Facts { get; }
    public string DatabasePath => Path.Combine(Directory, "omniaudit.db");

    private static string File => SourceTree.At("OmniAudit.Tests", "Storage", "Upgrades", "GitHubModules.zip");

    public static KeptStore Unpack()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("omniaudit-kept-").FullName;
        ZipFile.ExtractToDirectory(File, directory);
        var facts = Path.Combine(directory, FactsName);
        var read = JsonSerializer.Deserialize<KeptFacts>(System.IO.File.ReadAllText(facts))!;
        System.IO.File.Delete(facts);
        if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(Path.Combine(directory, "master.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new KeptStore(directory, read);
    }

    /// <summary>A minute after it was left.</summary>
    public TestTime Clock()
    {
        var clock = new TestTime();
        clock.Advance(Facts.MadeAt.AddMinutes(1) - TimeProvider.System.GetUtcNow());
        return clock;
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    /// <summary>Makes the file anew: today's program writes, then its schema is taken back to <see cref="Migration"/>.</summary>
    public static async Task MakeAsync()
    {
        var data = System.IO.Directory.CreateTempSubdirectory("omniaudit-make-").FullName;
        KeptFacts facts;
        Modules.Settings.OmniAuditOptions options;
        await using (var app = await TestApp.StartAsync(data: data))
        {
            options = app.Options;
            await app.Get<OperatorDirectory>().AddAsync("ada", "Ada Lovelace", default);
            var agent = await app.Get<AgentDirectory>().AddAsync("builder", null, AgentScope.Everything, OperatorDirectory.CommandLine, default);
            await app.Get<AuthProfiles>().AddAsync("staging", new AuthShape(["https://staging.example"]) { Cookies = ["sid"] }, new Dictionary<string, string> { ["cookie:sid"] = "kept-cookie" }, TestApp.Approver, default);
            var approvals = await ApprovalsAsync(app, agent.Key);
            var scan = await SeededScan.AddAsync(app, "https://kept.example", text: "Kept");
            await SeededScan.AddJobAsync(app, "https://failed.example", Modules.Jobs.JobStatus.Failed);
            var log = System.Text.Encoding.UTF8.GetBytes("##[error]kept needle: the build broke\nsrc/a.cs(3,5): error CS1002: ; expected\n");
            var evidence = await app.Get<EvidenceUpload>().BringAsync("build.log", "octo/repo", new MemoryStream(log), log.Length, TestApp.Approver, _ => { }, default);
            var findings = (await app.CallAsync("auditlens.parse_findings", new { evidence_ref = evidence })).GetProperty("structuredContent").GetProperty("findings_ref").GetString()!;
            var receipts = await app.Get<Database>().ReadAsync(db => db.Set<ReceiptRow>().OrderBy(r => r.LeafIndex).Select(r => r.Sha256).ToListAsync(), default);
            facts = new KeptFacts(app.Time.GetUtcNow(), Migration, app.Get<ReceiptLog>().Vkey!, agent.Key, receipts, approvals, scan, evidence, findings);
        }
        await TakeBackAsync(options, facts);
        await System.IO.File.WriteAllTextAsync(Path.Combine(data, FactsName), JsonSerializer.Serialize(facts));
        foreach (var passing in new[] { "lock", "migration.lock", "server.pid", "changes", "log/lock", "omniaudit.db-wal", "omniaudit.db-shm" }) System.IO.File.Delete(Path.Combine(data, passing));
        System.IO.File.Delete(File);
        await ZipFile.CreateFromDirectoryAsync(data, File, CompressionLevel.SmallestSize, includeBaseDirectory: false);
        System.IO.Directory.Delete(data, recursive: true);
    }

    private static async Task<Dictionary<string, string>> ApprovalsAsync(TestApp app, string key)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal) { ["expired"] = await AskAsync("kept expired") };
        app.Time.Advance(TimeSpan.FromHours(1));
        await app.WaitForStateAsync(ids["expired"], ApprovalState.Expired);
        foreach (var (state, text) in new[] { (ApprovalState.Executed, "kept executed"), (ApprovalState.Failed, "refuse"), (ApprovalState.Unknown, "break") })
        {
            ids[state] = await AskAsync(text);
            await app.DecideAsync(ids[state], Decision.Approve);
            await app.WaitForStateAsync(ids[state], state);
        }
        ids[ApprovalState.Denied] = await AskAsync("kept denied");
        await app.DecideAsync(ids[ApprovalState.Denied], Decision.Deny, "not now");
        ids[ApprovalState.Cancelled] = await AskAsync("kept cancelled");
        await app.Get<ApprovalDesk>().WithdrawAsync(ids[ApprovalState.Cancelled], "no longer", TestApp.Approver, default);
        await app.Get<FreezeSwitch>().FreezeAsync("upgrade", TestApp.Approver, default);
        foreach (var state in new[] { ApprovalState.Approved, ApprovalState.Executing })
        {
            ids[state] = await AskAsync($"kept {state}");
            await app.DecideAsync(ids[state], Decision.Approve);
        }
        ids[ApprovalState.Pending] = await AskAsync("kept pending");
        return ids;

        async Task<string> AskAsync(string text) =>
            (await app.CallAsync("probe.write_note", new { text }, key)).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
    }

    /// <summary>One request as a killed server leaves it, no freeze, and the earlier schema.</summary>
    private static async Task TakeBackAsync(Modules.Settings.OmniAuditOptions options, KeptFacts facts)
    {
        await using (var db = StorageSetup.Contexts(options).CreateDbContext())
        {
            var executing = facts.Approvals[ApprovalState.Executing];
            await db.Set<FreezeRow>().ExecuteUpdateAsync(s => s.SetProperty(f => f.LiftedAt, facts.MadeAt));
            await db.Set<ApprovalRow>().Where(a => a.ApprovalId == executing).ExecuteUpdateAsync(s => s.SetProperty(a => a.State, ApprovalState.Executing).SetProperty(a => a.ClaimedAt, facts.MadeAt).SetProperty(a => a.Version, a => a.Version + 1));
            await db.GetService<IMigrator>().MigrateAsync(Migration);
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=DELETE");
            await db.Database.ExecuteSqlRawAsync("VACUUM");
        }
        SqliteConnection.ClearAllPools();
    }
}
