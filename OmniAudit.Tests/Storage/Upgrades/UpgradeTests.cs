using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.AdminOps;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Upgrades;

/// <summary>What an earlier schema holds is all there after the upgrade, and goes on.</summary>
public sealed class UpgradeTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string FirstOnPostgres = "20261122212926_Initial";

    [Fact]
    [Trait(TestDatabase.SqliteOnly, "because the kept file is SQLite's")]
    public async Task SqliteFile_OpenedByThisVersion_KeepsEverythingAndGoesOn()
    {
        using var kept = KeptStore.Unpack();
        Assert.Equal(kept.Facts.Migration, await ScalarAsync(kept.DatabasePath, "SELECT MAX(MigrationId) FROM \"__EFMigrationsHistory\""));
        await using (var app = await StartAsync(kept)) await CheckAsync(app, kept.Facts);
        await AssertLogVerifiesAsync(kept.Directory, "", DatabaseOptions.Sqlite);
        // The second start finds nothing to do, and nothing is executed again.
        await using var again = await StartAsync(kept);
        Assert.Empty(again.Get<ProbeEffects>().Notes);
        Assert.Equal(ApprovalState.Executed, (await again.Get<ApprovalQueries>().FindAsync(kept.Facts.Approvals[ApprovalState.Approved], default))!.Summary.State);
    }

    [Fact]
    [Trait(TestDatabase.SqliteOnly, "because the kept file is SQLite's")]
    public async Task SqliteFile_AfterTheUpgrade_IsRefusedByNameByTheVersionBefore()
    {
        using var kept = KeptStore.Unpack();
        await using (var app = await StartAsync(kept))
        {
            var (applied, known) = await app.Get<Database>().ReadAsync(async db => ((await db.Database.GetAppliedMigrationsAsync()).ToList(), db.Database.GetMigrations().ToList()), default);
            Assert.Equal(known, applied);
            var before = known.TakeWhile(m => m != KeptStore.Migration).Append(KeptStore.Migration).ToHashSet(StringComparer.Ordinal);
            var refused = Assert.Throws<StorageStartException>(() => StoragePreparation.RefuseNewer(applied, before));
            Assert.Contains("written by a newer version of OmniAudit (it has the change '20261122203244_AdminOps')", refused.Message, StringComparison.Ordinal);
        }
        await ScalarAsync(kept.DatabasePath, "INSERT INTO \"__EFMigrationsHistory\" VALUES ('20990101000000_Later', '99.0.0')");
        Assert.Contains("'20990101000000_Later'", (await Assert.ThrowsAsync<StorageStartException>(() => StartAsync(kept))).Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task PostgresFirstSchema_WithTheSameRows_KeepsEverythingAndGoesOn()
    {
        using var kept = KeptStore.Unpack();
        var place = await server.CreateAsync();
        var options = new OmniAuditOptions { Data = kept.Directory, Database = { Provider = DatabaseOptions.PostgreSql, ConnectionString = place.ToString() } };
        await using (var db = StorageSetup.Contexts(options).CreateDbContext()) await db.GetService<IMigrator>().MigrateAsync(FirstOnPostgres);
        var rows = await CopyAsync(kept.DatabasePath, place);
        Assert.True(rows > 50, $"Only {rows} rows were put in.");
        File.Delete(kept.DatabasePath);

        await using (var app = await StartAsync(kept, options.Database)) await CheckAsync(app, kept.Facts);
        await AssertLogVerifiesAsync(kept.Directory, place.ToString(), DatabaseOptions.PostgreSql);
    }

    [Fact]
    public void SqlServerScript_GoesFromItsFirstSchemaToTheNewest()
    {
        var script = SchemaScript.Of(DatabaseOptions.SqlServer);
        using var db = DesignTimeSqlServerDb.Create();
        var migrations = db.Database.GetMigrations().ToList();
        Assert.EndsWith("_Initial", migrations[0], StringComparison.Ordinal);
        // Each step is left out where it has been taken, in order.
        var places = migrations.ConvertAll(m => script.IndexOf($"WHERE [MigrationId] = N'{m}'", StringComparison.Ordinal));
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    private static Task<TestApp> StartAsync(KeptStore kept, DatabaseOptions? database = null)
    {
        var clock = kept.Clock();
        return TestApp.StartAsync(o =>
        {
            if (database is not null) (o.Database.Provider, o.Database.ConnectionString) = (database.Provider, database.ConnectionString);
        }, kept.Directory, services => services.AddSingleton<TimeProvider>(clock));
    }

    private static async Task CheckAsync(TestApp app, KeptFacts facts)
    {
        // Requests: the one left waiting runs, once; the one whose server was killed is not run again; the others stay as they were.
        var effects = app.Get<ProbeEffects>();
        await app.WaitForStateAsync(facts.Approvals[ApprovalState.Approved], ApprovalState.Executed);
        await app.WaitForStateAsync(facts.Approvals[ApprovalState.Executing], ApprovalState.Unknown);
        Assert.Equal(["kept approved"], effects.Notes);
        foreach (var (state, other) in facts.Approvals.Where(a => a.Key is not (ApprovalState.Approved or ApprovalState.Executing)))
            Assert.Equal(state, (await app.Get<ApprovalQueries>().FindAsync(other, default))!.Summary.State);

        // The log: the same bytes in the same order, signed on by the same key.
        var receipts = await app.Get<Database>().ReadAsync(db => db.Set<ReceiptRow>().OrderBy(r => r.LeafIndex).Select(r => new { r.ReceiptId, r.Sha256 }).ToListAsync(), default);
        Assert.Equal(facts.Receipts, receipts.Take(facts.Receipts.Count).Select(r => r.Sha256));
        Assert.Equal(facts.Vkey, app.Get<ReceiptLog>().Vkey);
        Assert.Null(app.Get<ReceiptLog>().Refusal);
        foreach (var receipt in receipts) Assert.Equal(Verdict.Valid, (await app.Get<ReceiptQueries>().VerifyAsync(receipt.ReceiptId, default)).Verdict);
        Assert.NotEmpty((await app.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: facts.Approvals[ApprovalState.Denied]), null, 10, default)).Items);

        // People, agents, secrets.
        Assert.Equal("Ada Lovelace", (await app.Get<OperatorDirectory>().FindAsync("ada", default))!.DisplayName);
        Assert.Equal("builder", (await app.Get<AgentDirectory>().FindByKeyAsync(facts.AgentKey, default))!.Actor.Name);
        var profile = Assert.Single(await app.Get<AuthProfiles>().ListAsync(default));
        Assert.NotNull(await app.Get<AuthProfiles>().OpenAsync(profile.ProfileId, default));
        Assert.NotNull(await app.Get<SecretVault>().FindAsync("receipt-log-key", default));

        // Scans, jobs, evidence, findings, with their objects.
        var report = await app.CallAsync("sitelint.get_report", new { scan_id = facts.ScanId }, facts.AgentKey);
        Assert.Contains("Kept 0", report.ToString(), StringComparison.Ordinal);
        Assert.Equal("failed", (await app.Get<Modules.Jobs.JobQueries>().ListAsync("failed", 10, default)).Single().Status);
        var evidence = app.Get<EvidenceQueries>();
        Assert.Null((await evidence.GetAsync(facts.EvidenceId, default))!.Problem);
        Assert.NotNull(await evidence.SetAsync(facts.FindingsId, default));

        // Searches answer: in what was kept, and in the events that the schema of then did not have.
        Assert.Equal(1, (await evidence.SearchLogAsync(facts.EvidenceId, "build.log", "needle", false, default)).Matches);
        Assert.Single((await evidence.ListAsync("build", null, null, 10, default)).Evidence);
        await SampleEvents.AddAsync(app, SampleEvents.Of("after-upgrade", facts.MadeAt, actor: "mallory@contoso.test"));
        var found = await app.CallAsync("adminops.search_events", new { entity = "mallory", days = 30 }, facts.AgentKey);
        Assert.Equal(1, found.GetProperty("structuredContent").GetProperty("count").GetInt32());

        // It goes on.
        var id = (await app.CallAsync("probe.write_note", new { text = "after the upgrade" }, facts.AgentKey)).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await app.DecideAsync(id, Decision.Approve);
        await app.WaitForStateAsync(id, ApprovalState.Executed);
        Assert.Equal(["kept approved", "after the upgrade"], effects.Notes);
    }

    private static async Task AssertLogVerifiesAsync(string data, string connection, string provider)
    {
        await using var told = new StringWriter(CultureInfo.InvariantCulture);
        var code = await VerifyCommand.VerifyLogAsync(data, connection, null, told, default, provider);
        Assert.True(code == VerifyCommand.ExitValid, told.ToString());
    }

    /// <summary>Every row of the file into the tables of the same names, as SQL. What SQLite writes as a number and PostgreSQL as a truth value is the only difference.</summary>
    private static async Task<int> CopyAsync(string file, NpgsqlConnectionStringBuilder place)
    {
        await using var from = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await from.OpenAsync();
        await using var to = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(place.ToString()) { Pooling = false }.ToString());
        await to.OpenAsync();
        await using (var lax = new NpgsqlCommand("SET session_replication_role = replica", to)) await lax.ExecuteNonQueryAsync();
        var truths = new HashSet<string>(StringComparer.Ordinal);
        await using (var look = new NpgsqlCommand("SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'boolean'", to))
        await using (var reader = await look.ExecuteReaderAsync())
            while (await reader.ReadAsync()) truths.Add(reader.GetString(0));
        var tables = new List<string>();
        await using (var list = new SqliteCommand("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_EF%' ESCAPE '\\'", from))
        await using (var reader = await list.ExecuteReaderAsync())
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        var count = 0;
        foreach (var table in tables)
        {
#pragma warning disable CA2100 // Names of the kept file's own tables.
            await using var read = new SqliteCommand($"SELECT * FROM \"{table}\"", from);
            await using var row = await read.ExecuteReaderAsync();
            while (await row.ReadAsync())
            {
                var columns = Enumerable.Range(0, row.FieldCount).Select(row.GetName).ToList();
                await using var insert = new NpgsqlCommand($"INSERT INTO \"{table}\" ({string.Join(", ", columns.Select(c => $"\"{c}\""))}) VALUES ({string.Join(", ", columns.Select((_, i) => $"${i + 1}"))})", to);
#pragma warning restore CA2100
                foreach (var (column, i) in columns.Select((c, i) => (c, i)))
                    insert.Parameters.Add(new NpgsqlParameter { Value = truths.Contains($"{table}.{column}") && row.GetValue(i) is long truth ? truth != 0 : row.GetValue(i) });
                count += await insert.ExecuteNonQueryAsync();
            }
        }
        return count;
    }

    private static async Task<object?> ScalarAsync(string file, string sql)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        await connection.OpenAsync();
#pragma warning disable CA2100 // Fixed statements of this test.
        await using var command = new SqliteCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
