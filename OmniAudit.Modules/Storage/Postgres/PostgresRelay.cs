using System.Data.Common;
using System.Net.Sockets;
using Npgsql;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.Postgres;

/// <summary>
/// Tells the other processes of the database what this one has committed, and hears what they have: NOTIFY and LISTEN.
/// Hints, like the feed they come from and go to: while the connection is lost, they are too. The connection that listens
/// also holds the lock by which others see that a server runs.
/// </summary>
internal sealed class PostgresRelay(ChangeFeed changes, OmniAuditOptions options)
{
    private const string Name = "omniaudit";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly string _node = Guid.NewGuid().ToString("N");

    /// <param name="lasting">One of its own; else one of the pool that all reads and writes share.</param>
    private NpgsqlConnection NewConnection(bool lasting)
    {
        var place = PostgresSetup.ConnectionString(options);
        return new(lasting ? new NpgsqlConnectionStringBuilder(place) { Pooling = false, KeepAlive = 30 }.ToString() : place);
    }

    /// <summary>Tells this process's changes until cancelled.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        using var changed = new ChangesToTell(changes);
        while (await changed.NextAsync(cancellationToken) is { } batch)
        {
            try
            {
                await using var connection = NewConnection(lasting: false);
                await connection.OpenAsync(cancellationToken);
                await using var tell = new NpgsqlCommand($"SELECT pg_notify('{Name}', told) FROM unnest(@told) AS told", connection);
                // A notification has at most 8,000 bytes; ids have a few dozen.
                tell.Parameters.AddWithValue("told", batch.Select(c => $"{_node} {c.Topic} {PostgresText.Storable(c.Id)}").Where(b => b.Length < 2000).ToArray());
                await tell.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (Exception e) when (e is DbException or SocketException or OperationCanceledException)
            {
                // Hints that could not be given; the changes themselves are committed.
            }
        }
    }

    /// <summary>Hears the others, and shows that a server runs, until cancelled.</summary>
    public async Task ListenAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = NewConnection(lasting: true);
                connection.Notification += (_, told) => Hear(told.Payload);
                await connection.OpenAsync(cancellationToken);
                await using (var listen = new NpgsqlCommand($"LISTEN {Name}; SELECT pg_advisory_lock_shared({PostgresDb.ServerLock})", connection)) await listen.ExecuteNonQueryAsync(cancellationToken);
                while (true) await connection.WaitAsync(cancellationToken);
            }
            catch (Exception e) when (e is DbException or SocketException or IOException)
            {
                // The server is away: it is asked again, and open pages look by themselves meanwhile.
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>True while a server runs on the database, wherever.</summary>
    public static bool IsServerRunning(OmniAuditOptions options)
    {
        using var connection = new NpgsqlConnection(PostgresSetup.ConnectionString(options));
        connection.Open();
        // Servers share the lock; who can have it alone, for this one statement, is alone.
        using var ask = new NpgsqlCommand($"SELECT pg_try_advisory_xact_lock({PostgresDb.ServerLock})", connection);
        return ask.ExecuteScalar() is false;
    }

    private void Hear(string told)
    {
        if (told.Split(' ', 3) is [var node, var topic, var id] && node != _node) changes.Publish(new Change(topic, id, Elsewhere: true));
    }
}
