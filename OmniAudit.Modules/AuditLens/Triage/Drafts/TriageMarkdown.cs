using System.Globalization;
using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>One comment with one table. GitHub takes 65,536 characters; what does not fit is counted below.</summary>
internal static class TriageMarkdown
{
    /// <summary>The most that a draft has, and that a person may make of it.</summary>
    public const int MostChars = 60_000;

    private const int Reserve = 6_000;
    private const int MostRows = 100;

    public static string Of(TriageResult result)
    {
        var facts = result.Facts;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"### CI triage at {MarkdownText.Code(Short(facts.HeadSha), 12)}\n\n").Append(Summary(result)).Append("\n\n");
        var shown = 0;
        if (result.Causes.Count > 0)
        {
            text.Append("| # | What broke | Where | Since | Suggested owner | Confidence | Evidence |\n|--:|---|---|---|---|---|---|\n");
            foreach (var cause in result.Causes.Take(MostRows))
            {
                var row = Row(cause, shown + 1, facts);
                if (text.Length + row.Length > MostChars - Reserve) break;
                text.Append(row);
                shown++;
            }
            text.Append('\n');
        }
        if (shown < result.Causes.Count) text.Append(CultureInfo.InvariantCulture, $"{Count(result.Causes.Count - shown, "more cause")} with {Count(result.Causes.Skip(shown).Sum(c => c.Findings.Count), "finding")} did not fit and {(result.Causes.Count - shown == 1 ? "is" : "are")} left out here.\n\n");
        if (result.Labels.Count > 0) text.Append("Suggested labels: ").AppendJoin(", ", result.Labels.Select(l => MarkdownText.Code(l, 50))).Append("\n\n");
        var failed = facts.Runs.Where(r => r.EverFailed).ToList();
        if (failed.Count > 0)
        {
            text.Append("Runs: ").AppendJoin("; ", failed.Take(20).Select(r =>
                $"{MarkdownText.Link(string.Create(CultureInfo.InvariantCulture, $"run {r.RunId}"), r.Url)} of {MarkdownText.Code(r.Workflow, 80)} {(r.Failed ? Word(r.Conclusion) : "passed on a later attempt, which buys a label and no pass")}{(r.Attempts > 1 ? string.Create(CultureInfo.InvariantCulture, $", {r.Attempts} attempts") : "")}"));
            if (failed.Count > 20) text.Append(CultureInfo.InvariantCulture, $"; and {failed.Count - 20} more");
            text.Append("\n\n");
        }
        if (result.Problems.Count > 0)
        {
            text.Append("Not everything could be read:\n");
            foreach (var problem in result.Problems.Take(10)) text.Append("- ").Append(MarkdownText.Code(problem, 240)).Append('\n');
            if (result.Problems.Count > 10) text.Append(CultureInfo.InvariantCulture, $"- and {result.Problems.Count - 10} more\n");
            text.Append('\n');
        }
        return text.Append("<sub>Written by OmniAudit from the stored evidence of these runs. What stands in code is their text.</sub>\n").ToString();
    }

    private static string Summary(TriageResult result)
    {
        var facts = result.Facts;
        var failed = facts.Runs.Count(r => r.Failed);
        var parts = new List<string> { $"{failed} of {Count(facts.AllRuns, "run")} failed", result.Causes.Count == 0 ? "no cause found in their evidence" : $"{Count(result.Causes.Count, "cause")} with {Count(result.Findings, "finding")}" };
        if (result.New is { } isNew) parts.Add($"{isNew} new against {string.Join(", ", facts.BaseRuns.Take(3).Select(r => MarkdownText.Link(string.Create(CultureInfo.InvariantCulture, $"run {r.RunId}"), r.Url)))} of {MarkdownText.Code(facts.BaseBranch, 80)}");
        else if (result.Causes.Count > 0) parts.Add($"nothing of {MarkdownText.Code(facts.BaseBranch, 80)} to compare with");
        if (result.Fixed > 0) parts.Add($"{result.Fixed} fixed");
        if (result.NotCompared > 0) parts.Add($"{result.NotCompared} of the base not run here");
        if (result.Flaky.Count > 0) parts.Add($"{Count(result.Flaky.Count, "suspected flaky test")}");
        if (result.NotAnnotated > 0) parts.Add($"{result.NotAnnotated} without an annotation on GitHub");
        if (result.Suppressed > 0) parts.Add($"{result.Suppressed} suppressed by their tools and left out");
        return string.Join(" · ", parts);
    }

    private static string Row(TriageCause cause, int number, TriageFacts facts)
    {
        var first = cause.First;
        var what = MarkdownText.Code(cause.Title, 200);
        if (cause.Findings.Count > 1) what += $"<br>{(first.Kind == FindingKind.TestFailure ? Count(cause.Findings.Count, "test") : Count(cause.Findings.Count, "place"))}";
        if (first.Test is { } test) what += $"<br>{MarkdownText.Code(test, 120)}";
        else if (first.Rule.Length > 0) what += $"<br>{MarkdownText.Code(first.Rule, 60)}";
        if (cause.Flaky) what += "<br>**suspected flaky**";
        var places = cause.Findings.Where(f => f.File is not null).Select(f => MarkdownText.Code(f.Range is { } r ? string.Create(CultureInfo.InvariantCulture, $"{f.File}:{r.StartLine}") : f.File, 120)).Distinct().ToList();
        var where = places.Count == 0 ? "–" : string.Join("<br>", places.Take(3)) + (places.Count > 3 ? string.Create(CultureInfo.InvariantCulture, $"<br>and {places.Count - 3} more") : "");
        var since = cause.NewCount switch
        {
            null => "not compared",
            var n when n == cause.Findings.Count => "**new**",
            0 => Age(cause.Since, facts.At),
            var n => string.Create(CultureInfo.InvariantCulture, $"{n} new, the rest {Age(cause.Since, facts.At)}"),
        };
        var owners = cause.Owners.Count == 0 ? "–" : string.Join("<br>", cause.Owners.Select(o => MarkdownText.Code(o, 60)));
        var evidence = string.Join("<br>", cause.Findings.SelectMany(f => f.Evidence).Select(e => e.Ref).Distinct().Take(2).Prepend(first.FindingId).Select(r => MarkdownText.Code(r, 100)));
        return string.Create(CultureInfo.InvariantCulture, $"| {number} | {what} | {where} | {since} | {owners} | {Measured(cause.Confidence)} | {evidence} |\n");
    }

    private static string Measured(RuleConfidence confidence) => confidence.Precision is { } precision
        ? string.Create(CultureInfo.InvariantCulture, $"{precision:P0} real (n = {confidence.Count})")
        : string.Create(CultureInfo.InvariantCulture, $"uncalibrated (n = {confidence.Count})");

    private static string Age(DateTimeOffset since, DateTimeOffset now)
    {
        var days = (int)Math.Floor((now - since).TotalDays);
        return string.Create(CultureInfo.InvariantCulture, $"at least {(days >= 1 ? Count(days, "day") : "some hours")} old (seen {since.UtcDateTime:yyyy-MM-dd})");
    }

    private static string Word(string conclusion) => conclusion switch { "timed_out" => "timed out", "startup_failure" => "could not start", "cancelled" => "was cancelled", _ => "failed" };

    private static string Short(string sha) => sha.Length > 7 ? sha[..7] : sha;

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
