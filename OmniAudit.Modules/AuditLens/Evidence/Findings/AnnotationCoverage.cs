namespace OmniAudit.Modules.AuditLens.Evidence.Findings;

/// <summary>
/// Which errors of a log GitHub shows as annotations. It keeps 10 per level and step and 50 per job; the rest is in the log only.
/// </summary>
internal static class AnnotationCoverage
{
    /// <summary>
    /// The log's findings, each marked annotated or not. An annotation covers one finding: 37 lines of one text against 10 annotations leave 27. <paramref name="notAnnotated"/> counts errors,
    /// warnings and notices that were meant to be annotations; a diagnostic that no problem matcher looked at was not.
    /// </summary>
    public static IReadOnlyList<EvidenceFinding> Mark(IReadOnlyList<EvidenceFinding> log, IReadOnlyList<EvidenceFinding> annotations, out int notAnnotated)
    {
        var left = annotations.ToLookup(a => Text.EvidenceText.FirstLine(a.Message), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var marked = new EvidenceFinding[log.Count];
        // Who names its place chooses first.
        foreach (var i in Enumerable.Range(0, log.Count).OrderBy(i => log[i].Range is null))
            marked[i] = log[i].Kind is FindingKind.Annotation or FindingKind.BuildError or FindingKind.Lint ? log[i] with { Annotated = Covered(log[i]) } : log[i];
        notAnnotated = marked.Count(f => f.Annotated == false && (f.Kind == FindingKind.Annotation || f.Tool == "github"));
        return marked;

        bool Covered(EvidenceFinding finding)
        {
            if (!left.TryGetValue(Text.EvidenceText.FirstLine(finding.Message), out var same)) return false;
            // The runner's line has lost the place, so a missing one fits any.
            var at = same.FindIndex(a => a.File == finding.File && a.Range?.StartLine == finding.Range?.StartLine);
            if (at < 0) at = same.FindIndex(a => a.File is null || finding.File is null);
            if (at < 0) return false;
            same.RemoveAt(at);
            return true;
        }
    }
}
