using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Approvals;

/// <summary>One time in which nothing was executed. The one that is not lifted is in force.</summary>
internal sealed class FreezeRow : IEntityTypeConfiguration<FreezeRow>
{
    public string FreezeId { get; set; } = "";
    public DateTimeOffset FrozenAt { get; set; }
    public string FrozenBySubject { get; set; } = "";
    public string FrozenByName { get; set; } = "";
    public string Reason { get; set; } = "";
    public DateTimeOffset? LiftedAt { get; set; }
    public string LiftedBySubject { get; set; } = "";
    public string LiftedByName { get; set; } = "";

    public void Configure(EntityTypeBuilder<FreezeRow> builder)
    {
        builder.ToTable("freezes").HasKey(f => f.FreezeId);
        builder.HasIndex(f => f.LiftedAt);
    }
}

/// <summary>A time in which nothing was executed.</summary>
public sealed record Freeze(DateTimeOffset FrozenAt, string FrozenByName, string Reason, DateTimeOffset? LiftedAt, string LiftedByName);

/// <summary>
/// The switch that stops all execution. What people approve meanwhile waits and may expire; what is being executed already
/// runs to its end. Every use of it stays on record.
/// </summary>
public sealed class FreezeSwitch
{
    /// <summary>The change's id when the switch was used.</summary>
    public const string Changed = "freeze";
    private const int LongestReason = 500;

    private readonly Database _database;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal FreezeSwitch(Database database, ChangeFeed changes, TimeProvider time) => (_database, _changes, _time) = (database, changes, time);

    /// <summary>The freeze in force, or null.</summary>
    public Task<Freeze?> CurrentAsync(CancellationToken cancellationToken) => _database.ReadAsync(async db =>
        await db.Set<FreezeRow>().FirstOrDefaultAsync(f => f.LiftedAt == null, cancellationToken) is { } row ? Info(row) : null, cancellationToken);

    /// <summary>The last uses, newest first.</summary>
    public async Task<IReadOnlyList<Freeze>> HistoryAsync(int take, CancellationToken cancellationToken) =>
        [.. (await _database.ReadAsync(db => db.Set<FreezeRow>().OrderByDescending(f => f.FreezeId).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken), cancellationToken)).Select(Info)];

    /// <summary>Stops all execution from the next claim on. Freezing what is frozen changes nothing.</summary>
    /// <returns>Why not, or null. Approvers may.</returns>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public async Task<string?> FreezeAsync(string reason, Actor person, CancellationToken cancellationToken)
    {
        Require(person);
        reason = reason.Trim();
        var refusal = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, "Freezing", cancellationToken) is { } refused) return refused;
            if (await IsFrozenAsync(db, cancellationToken)) return null;
            db.Add(new FreezeRow { FreezeId = Ids.New("frz", _time), FrozenAt = _time.GetUtcNow(), FrozenBySubject = person.Subject, FrozenByName = person.Name, Reason = reason.Length <= LongestReason ? reason : reason[..LongestReason] });
            return null;
        }, cancellationToken);
        if (refusal is null) _changes.Publish(Topics.Approvals, Changed);
        return refusal;
    }

    /// <summary>Lets execution go on; what has expired meanwhile expires and is not run.</summary>
    /// <returns>Why not, or null. Approvers may.</returns>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public async Task<string?> LiftAsync(Actor person, CancellationToken cancellationToken)
    {
        Require(person);
        var refusal = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, "Lifting the freeze", cancellationToken) is { } refused) return refused;
            foreach (var row in await db.Set<FreezeRow>().Where(f => f.LiftedAt == null).ToListAsync(cancellationToken))
                (row.LiftedAt, row.LiftedBySubject, row.LiftedByName) = (_time.GetUtcNow(), person.Subject, person.Name);
            return null;
        }, cancellationToken);
        if (refusal is null) _changes.Publish(Topics.Approvals, Changed);
        return refusal;
    }

    /// <summary>Inside a transaction: a claim that sees no freeze commits before the freeze does.</summary>
    internal static Task<bool> IsFrozenAsync(OmniAuditDb db, CancellationToken cancellationToken) => db.Set<FreezeRow>().AnyAsync(f => f.LiftedAt == null, cancellationToken);

    private static void Require(Actor person)
    {
        if (person.Kind != ActorKind.Person) throw new UnauthorizedAccessException("Only a person signed in to the console uses the freeze switch.");
    }

    private static Freeze Info(FreezeRow row) => new(row.FrozenAt, row.FrozenByName, row.Reason, row.LiftedAt, row.LiftedByName);
}
