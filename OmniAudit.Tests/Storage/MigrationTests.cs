using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage;

/// <summary>How schema changes are applied, shown with two small ones of this assembly.</summary>
[Trait(TestDatabase.SqliteOnly, "because its changes are of the SQLite set")]
public sealed class MigrationTests
{
    [Fact]
    public async Task PrepareAsync_EightProcessesAtOnce_ApplyEachChangeOnce()
    {
        await using var store = TestStore.Unprepared();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            using var preparation = Preparation(store);
            await preparation.PrepareAsync(StorageUse.Command, default);
        })));
        Assert.Equal(["20260101000000_First", "20260102000000_Second"], await AppliedAsync(store));
        using var again = Preparation(store);
        await again.PrepareAsync(StorageUse.Server, default);
    }

    [Fact]
    public async Task PrepareAsync_EarlierProcessKilledWhileMigrating_CarriesOn()
    {
        await using var store = TestStore.Unprepared();
        await using (var db = Factory(store).CreateDbContext())
        {
            await db.GetService<IMigrator>().MigrateAsync("20260101000000_First");
            // EF Core's lock, as a killed process leaves it behind. EF Core itself would wait for ever.
            await db.Database.ExecuteSqlRawAsync("""CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01');""");
        }
        using var preparation = Preparation(store);
        await preparation.PrepareAsync(StorageUse.Server, default).WaitAsync(Eventually.Patience);
        Assert.Equal(2, (await AppliedAsync(store)).Count);
    }

    [Fact]
    public async Task PrepareAsync_DatabaseOfANewerVersion_IsRefused()
    {
        await using var store = TestStore.Unprepared();
        using var preparation = Preparation(store);
        await preparation.PrepareAsync(StorageUse.Server, default);
        await using (var db = Factory(store).CreateDbContext())
        {
            await db.Database.ExecuteSqlRawAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ('20990101000000_Future', '99.0.0')");
        }
        using var command = Preparation(store);
        var error = await Assert.ThrowsAsync<StorageStartException>(() => command.PrepareAsync(StorageUse.Command, default));
        Assert.Contains("newer version of OmniAudit (it has the change '20990101000000_Future')", error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> AppliedAsync(TestStore store)
    {
        await using var db = Factory(store).CreateDbContext();
        return [.. await db.Database.GetAppliedMigrationsAsync()];
    }

    private static StoragePreparation Preparation(TestStore store) => new(Factory(store), store.Get<ObjectStore>(), store.Options, TimeProvider.System);

    private static ContextFactory Factory(TestStore store) => new(store.Options);

    private sealed class ContextFactory(OmniAuditOptions options) : IDbContextFactory<OmniAuditDb>
    {
        public OmniAuditDb CreateDbContext()
        {
            var builder = new DbContextOptionsBuilder<OmniAuditDb>();
            SqliteSetup.Configure(builder, options);
            builder.UseSqlite(o => o.MigrationsAssembly(typeof(MigrationTests).Assembly.GetName().Name));
            builder.ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));
            return new OmniAuditDb(builder.Options);
        }
    }
}

[DbContext(typeof(OmniAuditDb))]
[Migration("20260101000000_First")]
internal sealed class FirstChange : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("CREATE TABLE \"first\" (\"x\" INTEGER)");
}

[DbContext(typeof(OmniAuditDb))]
[Migration("20260102000000_Second")]
internal sealed class SecondChange : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("CREATE TABLE \"second\" (\"x\" INTEGER)");
}
