using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Jobs;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>A draft as it is written, with the sets of findings behind it.</summary>
internal sealed record WrittenTriage(TriageResult Result, string Markdown, FindingsDocument Head, FindingsDocument? Base);

/// <summary>Writes a draft from stored facts and stored evidence. It has no way to ask anybody.</summary>
internal sealed class TriageWriter(EvidenceStore evidence, FindingsReader reader, FindingsStore sets)
{
    private static readonly ReadingRequest Reading = new("auto", DedupeStrategy.ById, "v1");

    public async Task<WrittenTriage> WriteAsync(TriageFacts facts, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        FindingsDocument? before = null;
        // A base that failed and left nothing to read says nothing of what is new.
        var bases = facts.BaseRuns.Where(r => !r.Failed || r.Evidence.Count > 0).ToList();
        if (bases.Count > 0)
        {
            (string, FindingsDocument)? earlier = facts.EarlierBase is { } id && await sets.FindAsync(id, cancellationToken) is { } row ? (id, await sets.LoadAsync(row, cancellationToken)) : null;
            before = await ReadAsync(bases, earlier, progress, cancellationToken) ?? Empty(facts);
        }
        // The name of the base's set is not known before it is stored: the runs say which it is.
        (string, FindingsDocument)? known = before is null ? null : (string.Join(',', bases.Select(r => r.RunId)), before);
        var head = await ReadAsync([.. facts.Runs.Where(r => r.EverFailed)], known, progress, cancellationToken) ?? Empty(facts) with { BaseId = known?.Item1 };
        var beside = await ReadAsync([.. facts.Runs.Where(r => !r.EverFailed)], null, progress, cancellationToken);
        var result = TriageAnalysis.Of(facts, head, beside?.TestResults ?? []);
        return new WrittenTriage(result, TriageMarkdown.Of(result), head, before);
    }

    private async Task<FindingsDocument?> ReadAsync(IReadOnlyList<TriageRun> runs, (string, FindingsDocument)? known, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var rows = new List<EvidenceRow>();
        foreach (var id in runs.SelectMany(r => r.Evidence)) rows.Add(await evidence.FindAsync(id, cancellationToken) ?? throw new JobFailedException($"The evidence {id} is not stored any more. Start the triage anew."));
        return rows.Count == 0 ? null : await reader.ReadAsync(rows, Reading, known, progress, cancellationToken);
    }

    private static FindingsDocument Empty(TriageFacts facts) => new(1, "v1", [], facts.Repo, 0, facts.HeadSha, "auto", "by_id", null, [], [], [], null, [], new TestCounts(0, 0, 0, 0, 0), [], []);
}
