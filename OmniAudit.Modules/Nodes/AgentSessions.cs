using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Nodes;

/// <summary>
/// How the sessions of agents began, so that any server, and this one after a restart, can go on with one that another began.
/// What is kept is what the client said about itself at the beginning; what a session is told unasked lives on the server
/// that holds its stream.
/// </summary>
public sealed class AgentSessions
{
    /// <summary>A client that says more about itself than this has its session on one server only.</summary>
    private const int LongestOpening = 16 * 1024;

    private readonly Database _database;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal AgentSessions(Database database, ChangeFeed changes, TimeProvider time) => (_database, _changes, _time) = (database, changes, time);

    /// <param name="opening">The parameters of its first message, as JSON.</param>
    public async Task AddAsync(string sessionId, string subject, string opening, CancellationToken cancellationToken)
    {
        if (opening.Length > LongestOpening) return;
        await _database.WriteAsync(db =>
        {
            db.Add(new AgentSessionRow { SessionId = sessionId, Subject = subject, Opening = opening, UsedAt = _time.GetUtcNow() });
            return Task.CompletedTask;
        }, cancellationToken);
    }

    /// <summary>How the session of this agent began; null when there is none by that id, or it is somebody else's.</summary>
    public Task<string?> OpeningAsync(string sessionId, string subject, CancellationToken cancellationToken) => _database.ReadAsync(
        db => db.Set<AgentSessionRow>().Where(s => s.SessionId == sessionId && s.Subject == subject).Select(s => s.Opening).FirstOrDefaultAsync(cancellationToken), cancellationToken);

    /// <summary>They are in use; call it now and then.</summary>
    public async Task TouchAsync(IReadOnlyCollection<string> sessionIds, CancellationToken cancellationToken)
    {
        if (sessionIds.Count == 0) return;
        var now = _time.GetUtcNow();
        await _database.WriteAsync(db => db.Set<AgentSessionRow>().Where(s => sessionIds.Contains(s.SessionId)).ExecuteUpdateAsync(set => set.SetProperty(s => s.UsedAt, now), cancellationToken), cancellationToken);
    }

    /// <summary>Ends it, on every server.</summary>
    public async Task RemoveAsync(string sessionId, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(db => db.Set<AgentSessionRow>().Where(s => s.SessionId == sessionId).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        _changes.Publish(Topics.AgentSessions, sessionId);
    }

    /// <summary>Forgets what nobody has used since.</summary>
    public Task SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        _database.WriteAsync(db => db.Set<AgentSessionRow>().Where(s => s.UsedAt < before).ExecuteDeleteAsync(cancellationToken), cancellationToken);
}

internal sealed class AgentSessionRow : IEntityTypeConfiguration<AgentSessionRow>
{
    public string SessionId { get; set; } = "";
    public string Subject { get; set; } = "";
    public string Opening { get; set; } = "{}";
    public DateTimeOffset UsedAt { get; set; }

    public void Configure(EntityTypeBuilder<AgentSessionRow> builder)
    {
        builder.ToTable("agent_sessions").HasKey(s => s.SessionId);
        builder.Property(s => s.SessionId).HasMaxLength(64);
        builder.HasIndex(s => s.UsedAt);
    }
}
