using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Servers;

/// <summary>What only a database server has: several writers, refusals by name, connections that break.</summary>
public sealed class PostgresTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Password = "top-secret-0123456789";

    [PostgresFact]
    public async Task WriteAsync_ThreeProcessesThatReadThenWrite_LoseNothing()
    {
        var place = await server.CreateAsync();
        await PostgresServer.ExecuteAsync(place, "CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)");
        var counted = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            await using var process = Process(place);
            for (var i = 0; i < 50; i++)
            {
                await process.Get<Database>().WriteAsync(async db =>
                {
                    var n = await db.Database.SqlQueryRaw<int>("SELECT n AS \"Value\" FROM counter").SingleAsync();
                    await db.Database.ExecuteSqlAsync($"UPDATE counter SET n = {n + 1}");
                }, default);
            }
            return 50;
        })));
        await using var last = Process(place);
        Assert.Equal(counted.Sum(), await last.Get<Database>().ReadAsync(db => db.Database.SqlQueryRaw<int>("SELECT n AS \"Value\" FROM counter").SingleAsync(), default));
    }

    [PostgresFact]
    public async Task PrepareAsync_EightProcessesOnAnEmptyDatabase_MakeTheSchemaOnce()
    {
        var place = await server.CreateAsync();
        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var process = Process(place);
            return (await process.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default)).Count;
        })));
        using var model = DesignTimePostgresDb.Create();
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, model.Database.GetMigrations().Count()], applied.Order());
    }

    [PostgresFact]
    public async Task PrepareAsync_WhatCannotBeUsed_IsRefusedByName()
    {
        var whole = await server.CreateAsync();
        await using (var process = Process(whole)) await process.Get<StoragePreparation>().PrepareAsync(StorageUse.Command, default);
        await RefusedAsync(new NpgsqlConnectionStringBuilder(server.Admin.ToString()) { Port = 1, Database = "any" }, $"the server at {server.Admin.Host}:1 cannot be reached: ");
        await RefusedAsync(new NpgsqlConnectionStringBuilder(server.Admin.ToString()) { Database = "no_such" }, $"the server at {server.Admin.Host}:{server.Admin.Port} has no database 'no_such'. Create it (CREATE DATABASE no_such)");

        await server.AdminAsync($"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'omni_locked') THEN CREATE ROLE omni_locked LOGIN PASSWORD 'right'; END IF; END $$");
        await RefusedAsync(new NpgsqlConnectionStringBuilder(whole.ToString()) { Username = "omni_locked", Password = Password }, $"the server at {server.Admin.Host}:{server.Admin.Port} refused the password of 'omni_locked'.");
        await RefusedAsync(new NpgsqlConnectionStringBuilder(whole.ToString()) { Username = "omni_locked", Password = "right" }, "'omni_locked' may not do this in the database");

        await PostgresServer.ExecuteAsync(whole, "INSERT INTO \"__EFMigrationsHistory\" VALUES ('20990101000000_Future', '99.0.0')");
        await RefusedAsync(whole, "the database was written by a newer version of OmniAudit (it has the change '20990101000000_Future')");
        var readOnly = await server.CreateAsync();
        await server.AdminAsync($"ALTER DATABASE {readOnly.Database} SET default_transaction_read_only = on");
        await RefusedAsync(readOnly, $"the database '{readOnly.Database}' is read-only for");
        var bytes = await server.CreateAsync("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        await RefusedAsync(bytes, $"the database '{bytes.Database}' has the encoding SQL_ASCII.");
    }

    [PostgresFact]
    public async Task FindFate_OfACommitWhoseAnswerWasLost_IsKnown()
    {
        var place = await server.CreateAsync();
        await PostgresServer.ExecuteAsync(place, "CREATE TABLE counter (n int)");
        await using var process = Process(place);
        var lost = new NpgsqlException("the connection broke");
        await using (var db = await process.Get<IDbContextFactory<OmniAuditDb>>().CreateDbContextAsync())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await db.TakeWriteLockAsync(default);
            await db.Database.ExecuteSqlRawAsync("INSERT INTO counter VALUES (1)");
            await transaction.CommitAsync();
            Assert.True(await db.FindFateAsync(lost));
        }
        await using (var db = await process.Get<IDbContextFactory<OmniAuditDb>>().CreateDbContextAsync())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await db.TakeWriteLockAsync(default);
            var backend = ((NpgsqlConnection)db.Database.GetDbConnection()).ProcessID;
            await server.AdminAsync($"SELECT pg_terminate_backend({backend})");
            var broken = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => transaction.CommitAsync());
            Assert.False(await db.FindFateAsync(broken));
        }
        await using (var db = await process.Get<IDbContextFactory<OmniAuditDb>>().CreateDbContextAsync()) await CutOffAsync(db, place);
    }

    /// <summary>Nobody can be asked: then nobody knows.</summary>
    private async Task CutOffAsync(OmniAuditDb db, NpgsqlConnectionStringBuilder place)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.TakeWriteLockAsync(default);
        await server.AdminAsync($"ALTER DATABASE {place.Database} WITH ALLOW_CONNECTIONS false");
        Assert.Null(await db.FindFateAsync(new NpgsqlException("the connection broke")));
        await transaction.RollbackAsync();
    }

    [PostgresFact]
    public async Task Texts_FromOutside_AreStoredAndFoundAsOnSqlite()
    {
        var place = await server.CreateAsync();
        await using var process = Process(place);
        await process.Get<StoragePreparation>().PrepareAsync(StorageUse.Command, default);
        await process.Get<Database>().WriteAsync(db =>
        {
            foreach (var name in new[] { "nul\0half\ud800", "Zebra", "apple", "ÄPFEL" }) db.Add(new SecretRow { Name = name });
            return Task.CompletedTask;
        }, default);
        Task<List<string>> Names(string pattern) => process.Get<Database>().ReadAsync(db => db.Set<SecretRow>().Where(s => EF.Functions.Like(s.Name, pattern, "\\")).OrderBy(s => s.Name).Select(s => s.Name).ToListAsync(), default);
        Assert.Equal(["Zebra", "apple", "nul\ufffdhalf\ufffd", "ÄPFEL"], await Names("%"));
        Assert.Equal(["Zebra"], await Names("zEB%"));
        // ASCII letters only, as SQLite does.
        Assert.Empty(await Names("äpfel"));
        Assert.Equal(["nul\ufffdhalf\ufffd"], await Names("NUL\0%"));
    }

    [PostgresFact]
    public async Task Changes_OfAnotherProcess_AreHeard()
    {
        var place = await server.CreateAsync();
        await using var one = Process(place);
        await using var other = Process(place);
        Assert.False(PostgresRelay.IsServerRunning(one.Get<OmniAuditOptions>()));
        using var stop = new CancellationTokenSource();
        var listening = new PostgresRelay(one.Get<ChangeFeed>(), one.Get<OmniAuditOptions>()).ListenAsync(TimeProvider.System, stop.Token);
        await Eventually.TrueAsync(() => Task.FromResult(PostgresRelay.IsServerRunning(other.Get<OmniAuditOptions>())), "a server is seen");
        var heard = new TaskCompletionSource<Change>();
        using var subscription = one.Get<ChangeFeed>().Subscribe(change => heard.TrySetResult(change));
        var sending = new PostgresRelay(other.Get<ChangeFeed>(), other.Get<OmniAuditOptions>()).SendAsync(stop.Token);
        other.Get<ChangeFeed>().Publish(Topics.Approvals, "apr_1");
        Assert.Equal(new Change(Topics.Approvals, "apr_1", Elsewhere: true), await heard.Task.WaitAsync(Eventually.Patience));
        await stop.CancelAsync();
        await Task.WhenAll(listening, sending);
    }

    private static async Task RefusedAsync(NpgsqlConnectionStringBuilder place, string says)
    {
        await using var process = Process(place);
        var refused = await Assert.ThrowsAsync<StorageStartException>(() => process.Get<StoragePreparation>().PrepareAsync(StorageUse.Command, default));
        Assert.StartsWith("DATABASE_URL: " + says, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, refused.ToString(), StringComparison.Ordinal);
    }

    /// <summary>As a process of its own has the store: its own directory, pool and lock in memory.</summary>
    private static TestStore Process(NpgsqlConnectionStringBuilder place) =>
        TestStore.Unprepared(o => (o.Database.Provider, o.Database.ConnectionString) = (DatabaseOptions.PostgreSql, place.ToString()));
}
