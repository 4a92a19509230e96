using System.Globalization;
using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// SARIF 2.1.0 (OASIS), result by result: rules of the driver and of extensions, levels by configuration, messages by id, base URIs, suppressions and fixes. A run's results may come before
/// its tool, so rules are looked up at the end of the run.
/// </summary>
internal sealed class SarifParser : EvidenceParser
{
    private const int MostRules = 20_000;

    public override string Profile => "sarif";

    public override int Recognises(EvidenceHead head) =>
        head.Json == '{' && head.Has("sarif") && (head.HasKey("runs") || head.HasKey("version")) ? 97 : head.Json == '{' && head.Name.EndsWith(".sarif", StringComparison.Ordinal) ? 90
        : head.Json == '{' && head.HasKeys("runs", "tool", "driver") ? 85 : head.Name.EndsWith(".sarif", StringComparison.Ordinal) || head.Name.EndsWith(".sarif.json", StringComparison.Ordinal) ? 50 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        var run = new SarifRun();
        var version = "";
        try
        {
            items.Read(
                ["runs[].results[]", "runs[].tool.driver.rules[]", "runs[].tool.extensions[]", "runs[].originalUriBaseIds", "runs[].invocations[]", "runs[].tool.driver.globalMessageStrings", "runs[].artifacts[]"],
                (path, value) =>
                {
                    switch (path)
                    {
                        case 0:
                            run.Take(value, items.Line, sink);
                            break;
                        case 1:
                            if (run.Driver.Count < MostRules) run.Driver.Add(SarifRule.Of(value));
                            else sink.Cut("rules", 1, MostRules);
                            break;
                        case 2:
                            run.Extensions.Add(new SarifComponent(value.Str("name"), value.Str("guid"), [.. value.Items("rules").Take(MostRules).Select(SarifRule.Of)]));
                            break;
                        case 3:
                            foreach (var (name, place) in ((JsonElement?)value).Members()) run.Bases[name] = (place.Str("uri"), place.Str("uriBaseId"));
                            break;
                        case 4:
                            foreach (var said in value.Items("toolExecutionNotifications").Concat(value.Items("toolConfigurationNotifications")))
                                if (said.Str("level") == "error") sink.Note($"{items.Scalar("runs[].tool.driver.name")}: {said.At("message", "text")?.Text()}");
                            break;
                        case 5:
                            foreach (var (name, text) in ((JsonElement?)value).Members()) run.Messages[name] = text.Str("text");
                            break;
                        case 6:
                            run.Artifacts.Add((value.At("location", "uri")?.Text() ?? "", value.At("location", "uriBaseId")?.Text() ?? ""));
                            break;
                    }
                },
                cancellationToken,
                left: ended =>
                {
                    // The end of a list inside the run, or of the run itself.
                    if (ended != "runs[]") return;
                    run.Finish(items.Scalar("runs[].tool.driver.name"), sink);
                    run = new SarifRun();
                });
            version = items.Scalar("version");
        }
        finally
        {
            run.Finish(items.Scalar("runs[].tool.driver.name"), sink);
        }
        if (version.Length > 0 && !version.StartsWith("2.1", StringComparison.Ordinal)) sink.Problem("malformed", $"This is SARIF {version}; 2.1.0 is what is read, so something may be missing.");
    }
}

/// <summary>A tool component that brings rules of its own.</summary>
internal sealed record SarifComponent(string Name, string Guid, IReadOnlyList<SarifRule> Rules);

/// <summary>What results need of a reportingDescriptor.</summary>
internal sealed record SarifRule(string Id, string Name, string Title, string Level, string HelpUrl, double SecuritySeverity, IReadOnlyDictionary<string, string> Messages)
{
    public static SarifRule Of(JsonElement rule) => new(
        rule.Str("id"), rule.Str("name"), rule.At("shortDescription", "text")?.Text() is { Length: > 0 } title ? title : rule.At("fullDescription", "text")?.Text() ?? "",
        rule.At("defaultConfiguration", "level")?.Text() ?? "", rule.Str("helpUri"), rule.Prop("properties")?.Num("security-severity") ?? 0,
        rule.Prop("messageStrings").Members().Take(100).ToDictionary(m => m.Name, m => m.Value.Str("text"), StringComparer.Ordinal));
}

/// <summary>One run: results wait for what the rest of it says of them.</summary>
internal sealed class SarifRun
{
    private readonly List<Waiting> _results = [];

    public List<SarifRule> Driver { get; } = [];
    public List<SarifComponent> Extensions { get; } = [];
    public Dictionary<string, (string Uri, string Base)> Bases { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, string> Messages { get; } = new(StringComparer.Ordinal);
    public List<(string Uri, string Base)> Artifacts { get; } = [];

    /// <summary>What a result says by itself; the rest is looked up at the end of the run.</summary>
    private sealed record Waiting(
        string RuleId, int RuleIndex, string ComponentName, string ComponentGuid, int ComponentIndex, string Level, string Kind, string Text, string MessageId, IReadOnlyList<string> Arguments,
        string Uri, string UriBase, int ArtifactIndex, SourceRange? Range, string Snippet, string Logical, IReadOnlyDictionary<string, string> Fingerprints, IReadOnlyList<WaitingFix> Fixes,
        bool Suppressed, string Baseline, string Related, double Rank, long Line);

    private sealed record WaitingFix(string Description, IReadOnlyList<(string Uri, string Base, int Artifact, SourceRange? Range, int? Offset, int? Length, string Text)> Edits);

    public void Take(JsonElement result, long line, ParseSink sink)
    {
        if (result.ValueKind != JsonValueKind.Object)
        {
            sink.Problem("item_skipped", "A result is no object.", line);
            return;
        }
        if (_results.Count >= sink.Bounds.Findings)
        {
            sink.Cut("findings", 1, sink.Bounds.Findings);
            return;
        }
        var kind = result.Str("kind");
        // Only a failure, and what a person must look at, is a finding.
        if (kind is "pass" or "notApplicable" or "informational") return;
        var baseline = result.Str("baselineState");
        if (baseline == "absent") return;
        var rule = result.Prop("rule");
        var location = result.Prop("locations").Items().FirstOrDefault();
        var physical = location.Prop("physicalLocation");
        var region = physical?.Prop("region");
        var index = rule?.Prop("index") is { } nested ? nested : result.Prop("ruleIndex");
        _results.Add(new Waiting(
            result.Str("ruleId") is { Length: > 0 } id ? id : rule?.Str("id") ?? "", index is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var at) ? at : -1,
            rule?.At("toolComponent", "name")?.Text() ?? "", rule?.At("toolComponent", "guid")?.Text() ?? "", rule?.At("toolComponent", "index") is { ValueKind: JsonValueKind.Number } component && component.TryGetInt32(out var c) ? c : -1,
            result.Str("level"), kind, result.At("message", "text")?.Text() is { Length: > 0 } text ? text : result.At("message", "markdown")?.Text() ?? "", result.At("message", "id")?.Text() ?? "",
            [.. result.At("message", "arguments").Items().Take(50).Select(a => a.Text())],
            physical?.At("artifactLocation", "uri")?.Text() ?? "", physical?.At("artifactLocation", "uriBaseId")?.Text() ?? "", physical?.Prop("artifactLocation")?.Prop("index") is { ValueKind: JsonValueKind.Number } artifact && artifact.TryGetInt32(out var a) ? a : -1,
            RangeOf(region), region?.At("snippet", "text")?.Text() ?? physical?.At("contextRegion", "snippet", "text")?.Text() ?? "",
            location.Prop("logicalLocations").Items().FirstOrDefault().Str("fullyQualifiedName", "name"),
            Pairs(result.Prop("partialFingerprints"), "partial").Concat(Pairs(result.Prop("fingerprints"), "full")).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal),
            [.. result.Items("fixes").Take(sink.Bounds.PerFinding).Select(FixOf)],
            // An absent status is accepted; of several that are not all agreed, none holds.
            result.Prop("suppressions") is { ValueKind: JsonValueKind.Array } suppressions && suppressions.GetArrayLength() > 0 && suppressions.EnumerateArray().All(s => s.Str("status") is "" or "accepted"),
            baseline, string.Join('\n', result.Items("relatedLocations").Take(20).Select(Related)), result.Num("rank"), line));
    }

    public void Finish(string tool, ParseSink sink)
    {
        foreach (var result in _results)
        {
            var rule = RuleOf(result);
            var level = result.Level.Length > 0 ? result.Level : result.Kind is "review" or "open" ? "note" : rule is { Level.Length: > 0 } ? rule.Level : "warning";
            var (uri, uriBase) = result.Uri.Length == 0 && result.ArtifactIndex >= 0 && result.ArtifactIndex < Artifacts.Count ? Artifacts[result.ArtifactIndex] : (result.Uri, result.UriBase);
            var text = result.Text.Length > 0 ? result.Text : Text(result, rule);
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Lint, Tool = tool, Rule = result.RuleId.Length > 0 ? result.RuleId : rule?.Id ?? "", Level = level,
                Severity = rule is { SecuritySeverity: > 0 } ? Severities.OfScore(rule.SecuritySeverity) : Severities.Of(level),
                Title = text.Length > 0 ? text : rule?.Title ?? "", Message = text, Details = result.Related, File = uri.Length > 0 ? Resolve(uri, uriBase) : null,
                Range = result.Range, Snippet = result.Snippet.Length > 0 ? result.Snippet : result.Logical, Fingerprints = result.Fingerprints, HelpUrl = rule?.HelpUrl,
                Suppressed = result.Suppressed, BaselineState = result.Baseline.Length > 0 ? result.Baseline : null,
                Fixes = [.. result.Fixes.Select(f => new FindingFix(f.Description, [.. f.Edits.Select(e => new FindingEdit(
                    SourcePath.Normalise(e.Uri.Length == 0 && e.Artifact >= 0 && e.Artifact < Artifacts.Count ? Resolve(Artifacts[e.Artifact].Uri, Artifacts[e.Artifact].Base) : Resolve(e.Uri, e.Base)), e.Text, e.Range, e.Offset, e.Length))]))],
            }, result.Line);
        }
        _results.Clear();
    }

    /// <summary>By component and index, else by id; an id may go on with <c>/sub</c> parts (SARIF 3.52.4).</summary>
    private SarifRule? RuleOf(Waiting result)
    {
        IReadOnlyList<SarifRule> rules = Driver;
        if (result.ComponentIndex >= 0 && result.ComponentIndex < Extensions.Count) rules = Extensions[result.ComponentIndex].Rules;
        else if (result.ComponentGuid.Length > 0 && Extensions.Find(e => e.Guid == result.ComponentGuid) is { } byGuid) rules = byGuid.Rules;
        else if (result.ComponentName.Length > 0 && Extensions.Find(e => e.Name == result.ComponentName) is { } byName) rules = byName.Rules;
        if (result.RuleIndex >= 0 && result.RuleIndex < rules.Count) return rules[result.RuleIndex];
        if (result.RuleId.Length == 0) return null;
        _byId ??= Driver.Concat(Extensions.SelectMany(e => e.Rules)).Where(r => r.Id.Length > 0).GroupBy(r => r.Id, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        for (var id = result.RuleId; ; id = id[..id.LastIndexOf('/')])
        {
            if (_byId.TryGetValue(id, out var rule)) return rule;
            if (!id.Contains('/')) return null;
        }
    }

    private Dictionary<string, SarifRule>? _byId;

    private string Text(Waiting result, SarifRule? rule)
    {
        var id = result.MessageId.Length > 0 ? result.MessageId : "default";
        var text = rule?.Messages.GetValueOrDefault(id) ?? Messages.GetValueOrDefault(id) ?? "";
        for (var i = 0; i < result.Arguments.Count; i++) text = text.Replace($"{{{i.ToString(CultureInfo.InvariantCulture)}}}", result.Arguments[i], StringComparison.Ordinal);
        return text.Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal);
    }

    /// <summary>Relative to the repository when the chain of bases ends without a URI (SRCROOT, %SRCROOT%); a chain in a circle ends too.</summary>
    private string Resolve(string uri, string uriBase)
    {
        var path = Decoded(uri);
        for (var i = 0; i < 10 && uriBase.Length > 0 && Bases.TryGetValue(uriBase, out var parent); i++)
        {
            // The outermost place is somebody's machine: the repository begins below it.
            if (parent.Base.Length == 0 && (parent.Uri.Length == 0 || parent.Uri.Contains("://", StringComparison.Ordinal) || parent.Uri.StartsWith('/') || parent.Uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase))) break;
            path = Decoded(parent.Uri).TrimEnd('/') + "/" + path.TrimStart('/');
            uriBase = parent.Base;
        }
        return path;
    }

    private static string Decoded(string uri)
    {
        if (uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase) && !uri.StartsWith("file://", StringComparison.OrdinalIgnoreCase)) uri = "file://" + uri[5..];
        return uri.Contains('%') ? Uri.UnescapeDataString(uri) : uri;
    }

    private static SourceRange? RangeOf(JsonElement? region) => region?.Span("startLine", "startColumn", "endLine", "endColumn").Range;

    private static IEnumerable<KeyValuePair<string, string>> Pairs(JsonElement? pairs, string sort) => pairs.Members().Take(10).Select(p => KeyValuePair.Create($"sarif/{sort}/{p.Name}", p.Value.Text()));

    private static string Related(JsonElement place) =>
        $"{place.At("physicalLocation", "artifactLocation", "uri")?.Text()}:{place.At("physicalLocation", "region", "startLine")?.Text()} {place.At("message", "text")?.Text()}".Trim();

    private static WaitingFix FixOf(JsonElement fix) => new(
        fix.At("description", "text")?.Text() ?? "",
        [.. from change in fix.Items("artifactChanges")
            let place = change.Prop("artifactLocation")
            from replacement in change.Items("replacements").Take(100)
            let deleted = replacement.Prop("deletedRegion")
            select (place?.Str("uri") ?? "", place?.Str("uriBaseId") ?? "", place?.Prop("index") is { } i ? (int)Math.Clamp(i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out var n) ? n : -1, -1, int.MaxValue) : -1,
                RangeOf(deleted), deleted?.Prop("charOffset") is not null ? deleted.Value.Int("charOffset") : (int?)null, deleted?.Prop("charLength") is not null ? deleted.Value.Int("charLength") : (int?)null,
                replacement.At("insertedContent", "text")?.Text() ?? "")]);
}
