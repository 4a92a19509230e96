using System.Globalization;
using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Lighthouse's report: audits below its own line of passing (0.9) are findings, scores of categories are notes.</summary>
internal sealed class LighthouseParser : EvidenceParser
{
    public override string Profile => "lighthouse";
    public override IReadOnlyList<string> Aliases => ["lhr", "lhci"];

    public override int Recognises(EvidenceHead head) => head.Json is null ? 0 : head.HasKey("lighthouseVersion") ? 96 : head.HasKeys("audits", "categories") ? 80 : head.Name.Contains("lighthouse", StringComparison.Ordinal) || head.Name.StartsWith("lhr", StringComparison.Ordinal) ? 60 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        string[] roots = ["", "lhr.", "[]."];
        string[] parts = ["audits.*", "categories.*", "runtimeError"];
        var items = new JsonItems(content, sink);
        items.Read([.. from root in roots from part in parts select root + part], (path, value) =>
        {
            var root = roots[path / parts.Length];
            var url = items.Scalar(root + "finalDisplayedUrl") is { Length: > 0 } shown ? shown : items.Scalar(root + "finalUrl") is { Length: > 0 } final ? final : items.Scalar(root + "requestedUrl");
            if (path % parts.Length == 1) sink.Note(value.Prop("score") is { ValueKind: JsonValueKind.Number } ? string.Create(CultureInfo.InvariantCulture, $"{value.Str("title", "id")}: {value.Num("score"):0.00}") : $"{value.Str("title", "id")}: no score");
            else if (path % parts.Length == 2 && value.Str("code") is { Length: > 0 } code && code != "NO_ERROR") sink.Problem("item_skipped", $"Lighthouse failed: {code} {value.Str("message")}", items.Line);
            else if (path % parts.Length == 0) Add(value, items.Key, url, sink, items.Line);
        }, cancellationToken);
    }

    private static void Add(JsonElement audit, string key, string url, ParseSink sink, long line)
    {
        var mode = audit.Str("scoreDisplayMode");
        if (mode == "error") sink.Note($"{key}: {audit.Str("errorMessage")}");
        if (mode is "error" or "notApplicable" or "informative" or "manual" || audit.Prop("score") is not { ValueKind: JsonValueKind.Number }) return;
        var score = audit.Num("score");
        if (score >= 0.9) return;
        var title = audit.Str("title");
        var shown = audit.Str("displayValue");
        sink.Add(new EvidenceFinding
        {
            Kind = FindingKind.Audit, Tool = "lighthouse", Rule = audit.Str("id") is { Length: > 0 } id ? id : key, Level = string.Create(CultureInfo.InvariantCulture, $"score {score:0.##}"), Severity = score < 0.5 ? Severities.Medium : Severities.Low,
            // The measured value differs from run to run, so it is not a part of the title.
            Title = title, Message = title, Details = $"{shown}\n{audit.Str("description")}".Trim(), File = url.Length > 0 ? url : null,
        }, line);
    }
}

/// <summary>axe-core's results, one page or a list of pages; what it could not decide is a note.</summary>
internal sealed class AxeParser : EvidenceParser
{
    public override string Profile => "axe";
    public override IReadOnlyList<string> Aliases => ["axe_core"];

    public override int Recognises(EvidenceHead head) => head.Json is null ? 0 : head.HasKey("violations") && (head.Has("axe-core") || head.Has("dequeuniversity") || head.HasKey("testEngine")) ? 95 : head.HasKeys("violations", "passes", "incomplete") || head.HasKeys("violations", "impact") ? 88 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        string[] roots = ["", "[].", "results."];
        var items = new JsonItems(content, sink);
        items.Read([.. from root in roots from list in (string[])["violations[]", "incomplete[]"] select root + list], (path, value) =>
        {
            var url = items.Scalar(roots[path / 2] + "url");
            var nodes = value.Items("nodes").ToList();
            if (path % 2 == 1)
            {
                sink.Note($"{value.Str("id")}: {nodes.Count} places to look at by hand");
                return;
            }
            var level = value.Str("impact");
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Audit, Tool = "axe", Rule = value.Str("id"), Level = level, Severity = Severities.Of(level), Title = value.Str("help", "description"), Message = value.Str("description", "help"), HelpUrl = value.Str("helpUrl"),
                Details = string.Join("\n\n", nodes.Take(20).Select(n => $"{string.Join(' ', n.Items("target").Select(t => t.Text()))}\n{n.Str("html")}\n{n.Str("failureSummary")}")), File = url.Length > 0 ? url : null,
                Snippet = nodes.FirstOrDefault().Items("target").FirstOrDefault().Text(), Occurrences = Math.Max(1, nodes.Count),
            }, items.Line);
        }, cancellationToken);
    }
}

/// <summary>What a browser's console said: a list, lists by page, or pages with lists; strings or objects of whatever names recorders use.</summary>
internal sealed class ConsoleParser : EvidenceParser
{
    public override string Profile => "console";
    public override IReadOnlyList<string> Aliases => ["console_errors", "browser_console"];

    public override int Recognises(EvidenceHead head) => head.Json is not null && (head.Name.Contains("console-error", StringComparison.Ordinal) || head.Name.Contains("console_error", StringComparison.Ordinal)) ? 98 : head.Json is not null && head.Name.StartsWith("console", StringComparison.Ordinal) ? 60 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var quiet = 0;
        var items = new JsonItems(content, sink);
        items.Read(["[]", "*[]", "*.*[]"], (path, value) => Add(value, path == 0 ? "" : items.Scalar("url"), 0), cancellationToken);
        if (quiet > 0) sink.Note($"{quiet} entries are neither errors nor warnings.");

        void Add(JsonElement entry, string url, int depth)
        {
            if (entry.ValueKind == JsonValueKind.String)
            {
                if (entry.Text().Length > 0) sink.Add(Finding("error", entry.Text(), url, default, ""), items.Line);
                return;
            }
            if (entry.ValueKind != JsonValueKind.Object) return;
            var place = entry.Prop("location");
            var page = entry.Str("url", "source", "page", "pageUrl", "route") is { Length: > 0 } own ? own : place?.Str("url") ?? url;
            var below = ((JsonElement?)entry).Members().Where(m => m.Value.ValueKind == JsonValueKind.Array && m.Name is "errors" or "messages" or "entries" or "console" or "consoleErrors" or "console_errors" or "logs" or "warnings").ToList();
            if (below.Count > 0 && depth < 4)
            {
                foreach (var inner in below.SelectMany(m => ((JsonElement?)m.Value).Items())) Add(inner, page, depth + 1);
                return;
            }
            var level = entry.Str("level", "type", "severity").ToLowerInvariant();
            if (level is "log" or "info" or "debug" or "verbose" or "trace" or "dir" or "table")
            {
                quiet++;
                return;
            }
            var text = entry.Str("text", "message", "error", "description", "msg") is { Length: > 0 } said ? said : entry.Prop("message")?.Str("text", "message") ?? "";
            // The whole object is better than nothing.
            if (text.Length == 0) text = entry.GetRawText();
            var span = new SourceSpan(entry.Int("line", "lineNumber") + (place?.Prop("lineNumber") is { ValueKind: JsonValueKind.Number } zero && zero.TryGetInt32(out var n) ? n + 1 : 0), entry.Int("column", "columnNumber") + (place?.Int("columnNumber") ?? 0), 0, 0);
            sink.Add(Finding(level.Length > 0 ? level : "error", text, place?.Str("url") is { Length: > 0 } source ? source : page, span, entry.Str("stack", "stackTrace")), items.Line);
        }
    }

    private static EvidenceFinding Finding(string level, string text, string url, SourceSpan span, string stack) => new()
    {
        Kind = FindingKind.ConsoleError, Tool = "browser", Level = level, Severity = level.StartsWith("warn", StringComparison.Ordinal) ? Severities.Medium : Severities.High, Title = text, Message = text, Details = stack,
        File = url.Length > 0 ? url : null, Range = span.Range,
    };
}

/// <summary><c>deterministic-findings.json</c>: a list of findings, or an object with one, under any of the usual names.</summary>
internal sealed class DeterministicParser : EvidenceParser
{
    public override string Profile => "deterministic";
    public override IReadOnlyList<string> Aliases => ["deterministic_findings", "findings"];

    public override int Recognises(EvidenceHead head) => head.Json is null ? 0 : head.Name.Contains("deterministic-findings", StringComparison.Ordinal) || head.Name.Contains("deterministic_findings", StringComparison.Ordinal) ? 98 : head.HasKeys("findings", "severity") ? 45 : head.HasKeys("finding_id", "severity") ? 50 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["[]", "findings[]", "issues[]", "results[]", "violations[]", "items[]"], (_, value) =>
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                if (value.Text().Length > 0) sink.Problem("item_skipped", "A finding is no object.", items.Line);
                return;
            }
            var place = value.Prop("location") ?? value.Prop("locations").Items().FirstOrDefault();
            var where = place.ValueKind == JsonValueKind.Object ? place : value;
            var level = value.Str("severity", "level", "priority", "impact");
            var title = value.Str("title", "message", "summary", "name", "description");
            var file = where.Str("file", "path", "file_path", "filePath", "filename") is { Length: > 0 } own ? own : value.Str("file", "path", "url", "page", "route");
            var id = value.Str("finding_id", "id", "fingerprint");
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Lint, Tool = value.Str("tool", "source", "engine", "scanner"), Rule = value.Str("rule", "rule_id", "ruleId", "check", "code", "category", "wcag"), Level = level, Severity = Severities.Of(level),
                Title = title, Message = value.Str("message", "description", "detail", "details", "title"), Details = value.Str("suggested_fix", "suggestedFix", "fix", "recommendation", "remediation", "evidence"),
                File = file.Length > 0 ? file : null, Range = new SourceSpan(where.Int("line", "start_line", "startLine", "line_number"), where.Int("column", "start_column", "startColumn"), where.Int("end_line", "endLine"), 0).Range,
                Snippet = value.Str("selector", "snippet"), Fingerprints = id.Length > 0 ? new Dictionary<string, string> { ["deterministic"] = id } : new Dictionary<string, string>(),
            }, items.Line);
        }, cancellationToken);
    }
}
