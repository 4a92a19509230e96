using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Confidence;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class ParseFindingsTool(EvidenceStore store, FindingsStore sets, FindingsReader reader, FindingLabels labels) : ITool<ParseFindingsTool.Input, ParseFindingsTool.Output>
{
    private const int MostListed = 30;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.parse_findings",
        Title = "Parse findings",
        Description = "Reads stored evidence (test reports, SARIF, logs, …) into findings with stable ids; compares with an earlier set.",
        Risk = ToolRisk.Work,
        Policy = ToolPolicy.None<Input>(),
        Idempotent = true,
    };

    internal sealed record Input
    {
        [Description("From fetch_evidence")]
        [StringLength(60, MinimumLength = 1)]
        public required string EvidenceRef { get; init; }

        [Description("Default: v1")]
        [AllowedValues("v1", null)]
        public string? RulesetVersion { get; init; }

        [Description("auto (default), junit, sarif, actions_log, …")]
        [StringLength(60)]
        public string? ParserProfile { get; init; }

        [Description("by_id (default), by_title, by_fingerprint, by_location")]
        [StringLength(40)]
        public string? DedupeStrategy { get; init; }

        [Description("More evidence, of the same commit")]
        [MaxLength(50)]
        public IReadOnlyList<string>? WithRefs { get; init; }

        [Description("A findings_ref to compare with")]
        [StringLength(60)]
        public string? BaseRef { get; init; }
    }

    internal sealed record Output(
        string FindingsRef,
        [property: Description("The worst, new ones first")] IReadOnlyList<FindingAnswer> Findings,
        [property: Description("All findings, listed or not")] int Count,
        [property: Description("new, fixed, persisting and not_compared against base_ref")] ChangeCounts? Changes,
        TestCounts Tests,
        [property: Description("Findings that GitHub shows no annotation of; absent without annotations among the evidence")] int? NotAnnotated,
        [property: Description("All findings, in parts")] string FindingsUri,
        string? Message);

    internal sealed record ChangeCounts(int New, int Fixed, int Persisting, int NotCompared);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var profile = input.ParserProfile?.Trim() is { Length: > 0 } named ? named.ToLowerInvariant() : "auto";
        if (profile != "auto" && EvidenceReader.Find(profile) is null)
            throw new ToolRefusedException("invalid_arguments", $"parser_profile: there is no profile '{VisibleText.Of(profile)}'. Use one of: {string.Join(", ", EvidenceReader.Profiles)}.", "parser_profile");
        var dedupe = FindingSet.Strategy(input.DedupeStrategy)
            ?? throw new ToolRefusedException("invalid_arguments", "dedupe_strategy: use by_id, by_title, by_fingerprint or by_location.", "dedupe_strategy");
        var evidence = new List<EvidenceRow> { await store.RequireAsync(input.EvidenceRef, "evidence_ref", call, cancellationToken) };
        foreach (var (more, i) in (input.WithRefs ?? []).Select((r, i) => (r, i)).Where(r => r.r != input.EvidenceRef).DistinctBy(r => r.r))
        {
            var row = await store.RequireAsync(more, $"with_refs[{i}]", call, cancellationToken);
            if (row.Repo != evidence[0].Repo || row.HeadSha != evidence[0].HeadSha)
                throw new ToolRefusedException("invalid_arguments", $"with_refs[{i}]: is of another repository or commit than evidence_ref. Parse it by itself, and compare with base_ref.", $"with_refs[{i}]");
            evidence.Add(row);
        }
        (string, FindingsDocument)? known = null;
        if (!string.IsNullOrEmpty(input.BaseRef))
        {
            var set = await sets.RequireAsync(input.BaseRef, "base_ref", call, cancellationToken);
            if (set.Repo != evidence[0].Repo) throw new ToolRefusedException("invalid_arguments", $"base_ref: is of {set.Repo}, and the evidence of {evidence[0].Repo}. Compare within one repository.", "base_ref");
            known = (set.FindingsId, await sets.LoadAsync(set, cancellationToken));
        }
        var document = await reader.ReadAsync(evidence, new ReadingRequest(profile, dedupe, input.RulesetVersion ?? "v1"), known, call.Progress, cancellationToken);
        var row2 = await sets.SaveAsync(document, call.Actor.Subject, cancellationToken);
        var measured = (await labels.ConfidenceAsync(cancellationToken)).ToDictionary(c => (c.Profile, c.Rule));
        var listed = document.Findings.OrderByDescending(f => f.IsNew == true).ThenBy(f => f.Finding.Severity, StringComparer.Ordinal).Take(MostListed).ToList();
        return new Output(
            row2.FindingsId, [.. listed.Select(f => FindingAnswer.Of(f, measured))], document.Findings.Count,
            document.BaseId is null ? null : new ChangeCounts(document.Findings.Count(f => f.IsNew == true), document.Fixed.Count, document.Findings.Count(f => f.IsNew == false), document.NotCompared.Count),
            document.Tests, document.NotAnnotated, EvidenceUris.Findings(row2.FindingsId), Said(document, listed.Count));
    }

    private static string? Said(FindingsDocument document, int listed)
    {
        List<string> said = [];
        if (document.Findings.Count > listed) said.Add($"{listed} of {document.Findings.Count} findings are listed; findings_uri has all.");
        var unknown = document.Files.Where(f => f.Profile == "unknown").ToList();
        if (unknown.Count > 0) said.Add($"No parser knows {unknown.Count} of {document.Files.Count} files ({string.Join(", ", unknown.Take(5).Select(f => f.Path))}{(unknown.Count > 5 ? ", …" : "")}).");
        var broken = document.Files.Where(f => f.Profile != "unknown" && f.Problems.Count > 0).ToList();
        if (broken.Count > 0) said.Add($"{broken.Count} files could not be read to their end: {string.Join("; ", broken.Take(3).Select(f => $"{f.Path}: {f.Problems[0]}"))}.");
        said.AddRange(document.Caps);
        return said.Count == 0 ? null : string.Join(' ', said);
    }
}
