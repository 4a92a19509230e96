using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>ESLint's JSON (Biome's and oxlint's are like it). <c>fix.range</c> counts UTF-16 units from 0.</summary>
internal sealed class EslintParser : EvidenceParser
{
    public override string Profile => "eslint";

    public override int Recognises(EvidenceHead head) => head.Json == '[' && head.HasKeys("filePath", "messages") ? 92 : head.Name.Contains("eslint", StringComparison.Ordinal) && head.Json == '[' ? 60 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["[]", "results[]"], (_, file) =>
        {
            var path = file.Str("filePath");
            foreach (var message in file.Items("messages")) Add(message, path, sink, items.Line, suppressed: false);
            foreach (var message in file.Items("suppressedMessages")) Add(message, path, sink, items.Line, suppressed: true);
        }, cancellationToken);
    }

    private static void Add(JsonElement message, string path, ParseSink sink, long line, bool suppressed)
    {
        var fatal = message.Is("fatal");
        var level = fatal ? "fatal" : message.Str("severity") switch { "2" or "error" => "error", "1" or "warn" or "warning" => "warning", var other => other };
        var text = message.Str("message");
        var fixes = new List<FindingFix>();
        if (FixOf(message.Prop("fix"), path, "Fix") is { } own) fixes.Add(own);
        fixes.AddRange(message.Items("suggestions").Select(s => FixOf(s.Prop("fix"), path, s.Str("desc"))).OfType<FindingFix>());
        sink.Add(new EvidenceFinding
        {
            Kind = FindingKind.Lint, Tool = "eslint", Rule = message.Str("ruleId") is { Length: > 0 } rule ? rule : fatal ? "parse-error" : "", Level = level,
            Severity = fatal ? Severities.High : Severities.Of(level), Title = text, Message = text, File = path, Range = message.Span("line", "column", "endLine", "endColumn").Range, Fixes = fixes, Suppressed = suppressed,
        }, line);
    }

    private static FindingFix? FixOf(JsonElement? fix, string path, string description)
    {
        var range = fix?.Prop("range").Items().ToList() ?? [];
        return range.Count == 2 && range[0].ValueKind == JsonValueKind.Number && range[0].TryGetInt32(out var from) && range[1].ValueKind == JsonValueKind.Number && range[1].TryGetInt32(out var to) && from >= 0 && to >= from
            ? new FindingFix(description, [new FindingEdit(SourcePath.Normalise(path), fix!.Value.Str("text"), Offset: from, Length: to - from)])
            : null;
    }
}

/// <summary>stylelint's JSON.</summary>
internal sealed class StylelintParser : EvidenceParser
{
    public override string Profile => "stylelint";

    public override int Recognises(EvidenceHead head) => head.Json == '[' && head.HasKeys("source", "warnings") ? 92 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["[]"], (_, file) =>
        {
            foreach (var warning in file.Items("warnings").Concat(file.Items("parseErrors")))
            {
                var (text, rule, level) = (warning.Str("text"), warning.Str("rule", "stylelintType"), warning.Str("severity"));
                // The text repeats the rule: "Unexpected unit (length-zero-no-unit)".
                if (rule.Length > 0 && text.EndsWith($"({rule})", StringComparison.Ordinal)) text = text[..^(rule.Length + 2)].TrimEnd();
                sink.Add(new EvidenceFinding { Kind = FindingKind.Lint, Tool = "stylelint", Rule = rule, Level = level, Severity = Severities.Of(level.Length > 0 ? level : "error"), Title = text, Message = text, File = file.Str("source"), Range = warning.Span("line", "column", "endLine", "endColumn").Range }, items.Line);
            }
            foreach (var wrong in file.Items("invalidOptionWarnings")) sink.Note("stylelint: " + wrong.Str("text"));
        }, cancellationToken);
    }
}

/// <summary>reviewdog's rdjson (one document) and rdjsonl (a diagnostic per line).</summary>
internal sealed class RdjsonParser : EvidenceParser
{
    public override string Profile => "rdjson";
    public override IReadOnlyList<string> Aliases => ["rdjsonl", "reviewdog"];

    public override int Recognises(EvidenceHead head) =>
        head.Json != '{' ? 0 : head.HasKeys("diagnostics", "message", "location") ? 92 : head.HasKeys("message", "location", "path") && !head.HasKey("fingerprint") ? 80 : head.Name.EndsWith(".rdjsonl", StringComparison.Ordinal) || head.Name.EndsWith(".rdjson", StringComparison.Ordinal) ? 70 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken) =>
        JsonLines.Read(content, sink, (value, line) => Add(value, "", "", sink, line),
            ["diagnostics[]"], (items, value) => Add(value, items.Scalar("source.name"), items.Scalar("severity"), sink, items.Line), cancellationToken);

    private static void Add(JsonElement diagnostic, string tool, string level, ParseSink sink, long line)
    {
        var place = diagnostic.Prop("location");
        var range = place?.Prop("range");
        var said = diagnostic.Str("severity") is { Length: > 0 } own ? own : level;
        if (said is "1" or "2" or "3") said = said switch { "1" => "ERROR", "2" => "WARNING", _ => "INFO" };
        var path = place?.Str("path") ?? "";
        var text = diagnostic.Str("message");
        if (text.Length == 0 && path.Length == 0)
        {
            sink.Problem("item_skipped", "A diagnostic has neither message nor path.", line);
            return;
        }
        sink.Add(new EvidenceFinding
        {
            Kind = FindingKind.Lint, Tool = diagnostic.At("source", "name")?.Text() ?? tool, Rule = diagnostic.At("code", "value")?.Text() ?? "", HelpUrl = diagnostic.At("code", "url")?.Text(), Level = said, Severity = Severities.Of(said),
            Title = text, Message = text, Details = diagnostic.Str("original_output", "originalOutput"), File = path.Length > 0 ? path : null, Range = RangeOf(range),
            Fixes = [.. diagnostic.Items("suggestions").Select(s => new FindingFix("Suggestion", [new FindingEdit(SourcePath.Normalise(path), s.Str("text"), RangeOf(s.Prop("range")))]))],
        }, line);
    }

    private static SourceRange? RangeOf(JsonElement? range) => range is not { } r ? null : new SourceSpan(
        r.Prop("start")?.Int("line") ?? 0, r.Prop("start")?.Int("column") ?? 0, r.Prop("end")?.Int("line") ?? 0, r.Prop("end")?.Int("column") ?? 0).Range;
}

/// <summary>Code Climate and GitLab code quality: a list, or issues with NUL or line ends between.</summary>
internal sealed class CodeClimateParser : EvidenceParser
{
    public override string Profile => "code_climate";
    public override IReadOnlyList<string> Aliases => ["codeclimate", "gitlab_code_quality", "code_quality"];

    public override int Recognises(EvidenceHead head) =>
        head.HasKeys("check_name", "location") || head.HasKeys("description", "fingerprint", "location") ? 91 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken) =>
        JsonLines.Read(content, sink, (value, line) => Add(value, sink, line), ["[]"], (items, value) => Add(value, sink, items.Line), cancellationToken);

    private static void Add(JsonElement issue, ParseSink sink, long line)
    {
        // A measurement is no issue.
        if (issue.Str("type") is { Length: > 0 } type && !type.Equals("issue", StringComparison.OrdinalIgnoreCase)) return;
        var place = issue.Prop("location");
        var lines = place?.Prop("lines");
        var positions = place?.Prop("positions");
        var span = lines is { } l ? new SourceSpan(l.Int("begin"), 0, l.Int("end"), 0)
            : new SourceSpan(positions?.Prop("begin")?.Int("line") ?? 0, positions?.Prop("begin")?.Int("column") ?? 0, positions?.Prop("end")?.Int("line") ?? 0, positions?.Prop("end")?.Int("column") ?? 0);
        var text = issue.Str("description");
        var level = issue.Str("severity");
        sink.Add(new EvidenceFinding
        {
            Kind = FindingKind.Lint, Tool = issue.Str("engine_name"), Rule = issue.Str("check_name"), Level = level, Severity = Severities.Of(level), Title = text, Message = text,
            Details = issue.At("content", "body")?.Text() ?? "", File = place?.Str("path") is { Length: > 0 } path ? path : null, Range = span.Range,
            Fingerprints = issue.Str("fingerprint") is { Length: > 0 } print ? new Dictionary<string, string> { ["code_climate"] = print } : new Dictionary<string, string>(),
        }, line);
    }
}

/// <summary>Annotations of a check run, as GitHub's API lists them (docs.github.com, "List check run annotations").</summary>
internal sealed class CheckAnnotationsParser : EvidenceParser
{
    public override string Profile => "annotations";
    public override IReadOnlyList<string> Aliases => ["check_annotations", "check_run_annotations"];

    public override int Recognises(EvidenceHead head) => head.Json is not null && head.HasKeys("annotation_level", "message") ? 96 : head.Json == '[' && head.Name.Contains("annotations", StringComparison.Ordinal) ? 40 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["[]", "annotations[]", "output.annotations[]"], (_, note) =>
        {
            var level = note.Str("annotation_level");
            var title = note.Str("title");
            var text = note.Str("message");
            var path = note.Str("path");
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Annotation, Tool = "github", Level = level, Severity = Severities.Of(level), Title = title.Length > 0 ? title : text, Message = text, Details = note.Str("raw_details"),
                // Annotations of a job, not of a file, carry this path and the log's line.
                File = path is "" or ".github" ? null : path, Range = path is "" or ".github" ? null : note.Span("start_line", "start_column", "end_line", "end_column").Range, Annotated = true,
            }, items.Line);
        }, cancellationToken);
    }
}
