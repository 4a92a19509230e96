using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Postgres;

namespace OmniAudit.Modules.Storage;

/// <summary>Whether a server runs on this data directory, or on the database that it shares with others: without one, nobody can decide and nothing is executed.</summary>
public sealed class ServerPresence
{
    private readonly string _lock;
    private readonly OmniAuditOptions _options;
    private bool _here;

    internal ServerPresence(OmniAuditOptions options) => (_options, _lock) = (options, options.InData("", "lock"));

    /// <summary>This process is the server.</summary>
    internal void Here() => _here = true;

    /// <summary>True while a server holds the data directory's lock; on PostgreSQL, while one runs on the database, wherever.</summary>
    public bool IsRunning
    {
        get
        {
            if (_here) return true;
            if (_options.Database.Provider == DatabaseOptions.PostgreSql) return PostgresRelay.IsServerRunning(_options);
            try
            {
                // A shared lock, given back at once: it disturbs nobody but a server that starts in this very moment, which tries again.
                using var file = new FileStream(_lock, FileMode.Open, FileAccess.Read, FileShare.Read);
                return false;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
            catch (IOException e) when (FileLock.IsHeld(e))
            {
                return true;
            }
        }
    }
}
