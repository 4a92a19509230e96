using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage;

/// <summary>Whether a server runs on this data directory: without one, nobody can decide and nothing is executed.</summary>
public sealed class ServerPresence
{
    private readonly string _lock;
    private bool _here;

    internal ServerPresence(OmniAuditOptions options) => _lock = options.InData("", "lock");

    /// <summary>This process is the server.</summary>
    internal void Here() => _here = true;

    /// <summary>True while a server holds the data directory's lock.</summary>
    public bool IsRunning
    {
        get
        {
            if (_here) return true;
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
