namespace OmniAudit.Tests.Tools;

/// <summary>The tools that callers were promised: names and required arguments are frozen, additions are optional.</summary>
/// <param name="Optional">Optional arguments that callers may already send.</param>
/// <param name="Answers">Fields of the result that callers may already read, by path.</param>
internal sealed record CatalogContract(string Name, bool Writes, string[] Required, string[] Optional, string[] Answers)
{
    private static readonly string[] JobRef = ["job_id", "module", "status", "progress", "started_at", "finished_at"];

    private static readonly string[] Findings = ["finding_id", "severity", "category", "title", "confidence", "suggested_fix", "evidence_refs"];

    public static IReadOnlyList<CatalogContract> All { get; } =
    [
        Read("auditlens.list_runs", ["repo"], ["pr_number", "branch"], []),
        Read("auditlens.fetch_evidence", ["repo", "run_id", "artifact_name"], [], ["evidence_ref", "artifact_id", "file_count"]),
        Read("auditlens.parse_findings", ["evidence_ref"], ["ruleset_version", "parser_profile", "dedupe_strategy"], ["findings_ref", "count", .. Findings.Select(f => "findings[]." + f)]),
        Write("auditlens.create_issue", ["repo", "title", "body", "labels"], ["finding_ids", "assignees", "milestone", "template_id"], ["issue_url", "issue_number", "repo"]),
        Read("auditlens.propose_patch", ["repo", "finding_id"], [], ["target_file", "diff_preview"]),
        Read("sitelint.start_scan", ["url", "profile", "viewport_set"], ["auth_profile", "idempotency_key", "crawl_budget", "entry_paths", "auth_profile_id", "baseline_scan_id"], JobRef),
        Read("sitelint.get_scan", ["job_id"], [], JobRef),
        Read("sitelint.get_report", ["scan_id"], ["format"], ["report", "report_ref", "size_bytes"]),
        Write("sitelint.export_report", ["scan_id", "format", "destination"], [], ["path"]),
        Read("releasebutler.get_latest", ["repo"], [], ["tag", "name", "published_at", "assets", "url"]),
        Read("releasebutler.list_assets", ["repo"], ["tag"], []),
        Read("releasebutler.verify_asset", ["repo", "asset_id", "checksum_source"], [], ["verified"]),
        Read("releasebutler.generate_notes", ["repo"], ["tag", "window", "from_tag", "to_tag", "fallback_window", "group_by", "include_pr_links"],
            ["notes", "range.from_tag", "range.to_tag", "range.commit_count", "range.fallback_used"]),
        Write("releasebutler.create_release", ["repo", "tag", "notes"], ["assets", "draft", "prerelease", "dry_run", "provenance_manifest"],
            ["release_url", "release_id", "uploaded_assets", "failed_assets", "provenance"]),
        Read("core.get_job", ["job_id"], [], [.. JobRef, "result_ref"]),
        Read("core.list_receipts", [], ["operation"],
            ["receipts[].receipt_id", "receipts[].operation", "receipts[].inputs_hash", "receipts[].actor", "receipts[].created_at", "receipts[].result_ref"]),
        Read("core.health", [], [], ["status", "env", "write_tools", "tool_count", "object_store_backend", "observability"]),
    ];

    private static CatalogContract Read(string name, string[] required, string[] optional, string[] answers) => new(name, false, required, optional, answers);

    private static CatalogContract Write(string name, string[] required, string[] optional, string[] answers) =>
        new(name, true, required, [.. optional, "confirmation_token"], [.. answers, "receipt_id", "requires_confirmation", "risk_level", "confirmation_token", "message"]);
}
