using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Triage.Confidence;

/// <summary>What a person said of a finding. The last word counts.</summary>
internal sealed class FindingLabelRow : IEntityTypeConfiguration<FindingLabelRow>
{
    public string Repo { get; set; } = "";
    public string FindingId { get; set; } = "";
    public string Profile { get; set; } = "";
    public string Rule { get; set; } = "";
    /// <summary>One of <see cref="FindingOutcomes"/>.</summary>
    public string Outcome { get; set; } = "";
    public string BySubject { get; set; } = "";
    public string ByName { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<FindingLabelRow> builder)
    {
        builder.ToTable("finding_labels").HasKey(l => new { l.Repo, l.FindingId });
        builder.Property(l => l.Repo).HasMaxLength(201);
        builder.Property(l => l.FindingId).HasMaxLength(40);
        builder.Property(l => l.Outcome).HasMaxLength(20);
        builder.HasIndex(l => new { l.Profile, l.Rule });
    }
}

/// <summary>What a finding can turn out to be.</summary>
public static class FindingOutcomes
{
    /// <summary>A fault, rightly found.</summary>
    public const string Real = "real";
    /// <summary>Nothing is wrong there.</summary>
    public const string NotAFault = "not_a_fault";
    /// <summary>The test fails now and then, whatever the change.</summary>
    public const string Flaky = "flaky";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Real, NotAFault, Flaky];
}

/// <summary>The label of a finding, and how often findings of its profile and rule were real.</summary>
/// <param name="Outcome">One of <see cref="FindingOutcomes"/>; null while nobody said.</param>
/// <param name="Count">How many of profile and rule were labelled.</param>
/// <param name="Precision">The share that was real; null below 20 labels: then it says nothing.</param>
/// <param name="Low">The lower end of the 95 % interval.</param>
/// <param name="High">Its upper end.</param>
public sealed record FindingLabel(string? Outcome, string ByName, DateTimeOffset? At, string Profile, string Rule, int Count, double? Precision, double? Low, double? High);

/// <summary>Labelled outcomes, and the confidence that is measured from them.</summary>
public sealed class FindingLabels
{
    private readonly Database _database;
    private readonly FindingsStore _sets;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal FindingLabels(Database database, FindingsStore sets, ChangeFeed changes, TimeProvider time) => (_database, _sets, _changes, _time) = (database, sets, changes, time);

    /// <summary>Notes what a person found out.</summary>
    /// <returns>Why not, in words; null when it is noted.</returns>
    public async Task<string?> MarkAsync(string repo, string findingId, string outcome, Actor person, CancellationToken cancellationToken)
    {
        if (!FindingOutcomes.All.Contains(outcome, StringComparer.Ordinal)) return $"'{outcome}' is no outcome; there are {string.Join(", ", FindingOutcomes.All)}.";
        // Before anything is looked for, and again where it is noted.
        if (await _database.ReadAsync(db => WhyNotAsync(db, person, cancellationToken), cancellationToken) is { } notTheirs) return notTheirs;
        if (await _sets.FindFindingAsync(repo, findingId, cancellationToken) is not { } found) return "There is no such finding any more.";
        var finding = found.Finding.Finding;
        var refusal = await _database.WriteAsync(async db =>
        {
            if (await WhyNotAsync(db, person, cancellationToken) is { } refused) return refused;
            var row = await db.Set<FindingLabelRow>().FirstOrDefaultAsync(l => l.Repo == found.Set.Repo && l.FindingId == finding.FindingId, cancellationToken);
            if (row is null) db.Add(row = new FindingLabelRow { Repo = found.Set.Repo, FindingId = finding.FindingId });
            (row.Profile, row.Rule, row.Outcome, row.BySubject, row.ByName, row.At) = (finding.Profile, finding.Rule, outcome, person.Subject, person.Name, _time.GetUtcNow());
            return null;
        }, cancellationToken);
        if (refusal is null) _changes.Publish(Topics.Evidence, findingId);
        return refusal;
    }

    private static Task<string?> WhyNotAsync(OmniAuditDb db, Actor person, CancellationToken cancellationToken) => OperatorDirectory.WhyNotAsync(db, person, Role.Operator, "Labelling findings", cancellationToken);

    /// <summary>The label and the confidence of one finding; null when it is not known.</summary>
    public async Task<FindingLabel?> FindAsync(string repo, string findingId, CancellationToken cancellationToken)
    {
        if (await _sets.FindFindingAsync(repo, findingId, cancellationToken) is not { } found) return null;
        var finding = found.Finding.Finding;
        var row = await _database.ReadAsync(db => db.Set<FindingLabelRow>().FirstOrDefaultAsync(l => l.Repo == found.Set.Repo && l.FindingId == finding.FindingId, cancellationToken), cancellationToken);
        var measured = (await ConfidenceAsync(cancellationToken)).FirstOrDefault(c => c.Profile == finding.Profile && c.Rule == finding.Rule) ?? MeasuredConfidence.Of(finding.Profile, finding.Rule, 0, 0);
        return new FindingLabel(row?.Outcome, row?.ByName ?? "", row?.At, finding.Profile, finding.Rule, measured.Count, measured.Precision, measured.Low, measured.High);
    }

    /// <summary>Per profile and rule, over all repositories: a rule is as good as it is wherever it runs. A flaky test is no fault of what was changed.</summary>
    internal Task<IReadOnlyList<RuleConfidence>> ConfidenceAsync(CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<RuleConfidence>>(async db =>
    {
        var counted = await db.Set<FindingLabelRow>().GroupBy(l => new { l.Profile, l.Rule }).Select(g => new { g.Key.Profile, g.Key.Rule, Count = g.Count(), Real = g.Count(l => l.Outcome == FindingOutcomes.Real) }).ToListAsync(cancellationToken);
        return [.. counted.Select(c => MeasuredConfidence.Of(c.Profile, c.Rule, c.Count, c.Real)).OrderByDescending(c => c.Count).ThenBy(c => c.Profile, StringComparer.Ordinal).ThenBy(c => c.Rule, StringComparer.Ordinal)];
    }, cancellationToken);
}
