using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Postgres;

namespace OmniAudit.Modules.Storage;

/// <summary>
/// Tells the server what a process beside it has committed: a file of lines in the data directory, which the one appends to
/// and the other reads. Hints, like the feed they come from and go to: a lost line is only a later refresh. The other way
/// round nothing is told; waiting calls look at the store again by themselves. On PostgreSQL all processes of the database
/// tell each other everything, <see cref="PostgresRelay"/>, and on SQL Server too: <see cref="PolledRelay"/>.
/// </summary>
internal sealed class ChangeRelay(ChangeFeed changes, OmniAuditOptions options, Database database, ILogger<ChangeRelay> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly string[] Told = [Topics.Approvals, Topics.Jobs];
    private const long LargestFile = 1024 * 1024;

    private readonly string _file = options.InData("", "changes");

    /// <summary>From now on this process's changes are told to the server, for the process's life.</summary>
    public void Send()
    {
        if (options.Database.Provider == DatabaseOptions.PostgreSql) _ = new PostgresRelay(changes, options).SendAsync(CancellationToken.None);
        else if (options.Database.Provider == DatabaseOptions.SqlServer) _ = Polled().SendAsync(CancellationToken.None);
        else changes.Subscribe(Append);
    }

    private void Append(Change change)
    {
        if (!Told.Contains(change.Topic, StringComparer.Ordinal)) return;
        try
        {
            // Two processes may write over each other here: a lost hint, see above.
            using var file = new FileStream(_file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(Encoding.UTF8.GetBytes($"{change.Topic} {change.Id}\n"));
        }
        catch (IOException)
        {
            // A hint that could not be given; the change itself is committed.
        }
    }

    private PolledRelay Polled() => new(database, changes, TimeProvider.System, log);

    /// <summary>The server's side.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Database.Provider == DatabaseOptions.PostgreSql)
        {
            var relay = new PostgresRelay(changes, options);
            await Task.WhenAll(relay.SendAsync(stoppingToken), relay.ListenAsync(TimeProvider.System, stoppingToken));
            return;
        }
        if (options.Database.Provider == DatabaseOptions.SqlServer)
        {
            var relay = Polled();
            await Task.WhenAll(relay.SendAsync(stoppingToken), relay.ListenAsync(stoppingToken));
            return;
        }
        using var file = new FileStream(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.SetLength(0);
        var rest = "";
        var buffer = new byte[4096];
        using var timer = new PeriodicTimer(Interval);
        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (file.Position < file.Length && await file.ReadAsync(buffer, CancellationToken.None) is > 0 and var read)
            {
                var lines = (rest + Encoding.UTF8.GetString(buffer, 0, read)).Split('\n');
                rest = lines[^1];
                foreach (var line in lines[..^1])
                    if (line.Split(' ') is [var topic, var id] && Told.Contains(topic, StringComparer.Ordinal)) changes.Publish(new Change(topic, id, Elsewhere: true));
            }
            if (file.Length > LargestFile)
            {
                file.SetLength(0);
                file.Position = 0;
            }
        }
    }
}
