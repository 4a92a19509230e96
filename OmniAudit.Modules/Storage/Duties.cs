using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.Extensions.Logging;
using Npgsql;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Postgres;

namespace OmniAudit.Modules.Storage;

/// <summary>
/// What one server at a time does for all that share the database: sending webhooks, looking for effects. Who does it holds a
/// lock of the database, on a connection of its own: the database gives it to another one when that connection ends, however it
/// ends. A server that lost the lock unawares may do for some seconds what the next one does too, so every duty is one that may
/// be done twice: what is sent has an id, what is written is looked at first.
/// </summary>
internal sealed class Duties(OmniAuditOptions options, ILogger<Duties> log)
{
    /// <summary>Sends what is due to the webhooks' targets.</summary>
    public const string Webhooks = "webhooks";
    /// <summary>Looks for the effects of writes whose end nobody saw.</summary>
    public const string Effects = "effects";

    private static readonly string[] All = [Webhooks, Effects];
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private const int Patience = 5;

    /// <summary>Does the work whenever it is this server's, until stopped. The work's own token goes off when it is no longer.</summary>
    public async Task DoAsync(string duty, Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        if (!options.Database.IsShared)
        {
            await work(stopping);
            return;
        }
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = NewConnection();
                await connection.OpenAsync(stopping);
                while (!await TryTakeAsync(connection, duty, stopping)) await Task.Delay(Pause, TimeProvider.System, stopping);
                await DoAsync(duty, work, connection, stopping);
            }
            catch (Exception failure) when (failure is DbException or IOException or System.Net.Sockets.SocketException && !stopping.IsCancellationRequested)
            {
                log.LogWarning(failure, "The lock for {Duty} could not be asked for; tried again", duty);
            }
            catch (OperationCanceledException)
            {
                // The server stops.
            }
            await Task.Delay(Pause, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DoAsync(string duty, Func<CancellationToken, Task> work, DbConnection held, CancellationToken stopping)
    {
        log.LogInformation("This server does {Duty} now", duty);
        using var mine = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var working = work(mine.Token);
        try
        {
            while (!working.IsCompleted)
            {
                await Task.WhenAny(working, Task.Delay(Pause, TimeProvider.System, stopping)).ConfigureAwait(false);
                stopping.ThrowIfCancellationRequested();
                await using var ask = held.CreateCommand();
                (ask.CommandText, ask.CommandTimeout) = ("SELECT 1", Patience);
                await ask.ExecuteScalarAsync(stopping);
            }
        }
        finally
        {
            await mine.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private DbConnection NewConnection()
    {
        var place = DatabasePlace.ConnectionString(options);
        return options.Database.Provider == DatabaseOptions.PostgreSql
            ? new NpgsqlConnection(new NpgsqlConnectionStringBuilder(place) { Pooling = false, KeepAlive = 10 }.ToString())
            : new SqlConnection(new SqlConnectionStringBuilder(place) { Pooling = false }.ToString());
    }

    /// <returns>False while another server has the lock.</returns>
    private async Task<bool> TryTakeAsync(DbConnection connection, string duty, CancellationToken cancellationToken)
    {
        await using var take = connection.CreateCommand();
        take.CommandTimeout = Patience;
        take.CommandText = options.Database.Provider == DatabaseOptions.PostgreSql
            ? $"SELECT pg_try_advisory_lock({PostgresDb.DutyLock + Array.IndexOf(All, duty)})::int"
            : $"DECLARE @answer int; EXEC @answer = sp_getapplock @Resource = 'omniaudit {duty}', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0; SELECT CASE WHEN @answer >= 0 THEN 1 ELSE 0 END";
        return await take.ExecuteScalarAsync(cancellationToken) is 1;
    }
}
