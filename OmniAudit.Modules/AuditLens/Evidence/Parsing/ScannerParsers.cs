using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Logs;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Trivy: vulnerabilities, misconfigurations and secrets.</summary>
internal sealed class TrivyParser : EvidenceParser
{
    public override string Profile => "trivy";

    public override int Recognises(EvidenceHead head) =>
        head.Json == '{' && head.HasKey("SchemaVersion") && (head.HasKey("ArtifactName") || head.HasKey("Results")) ? 94 : head.Json is not null && head.HasKey("Target") && (head.HasKey("Vulnerabilities") || head.HasKey("VulnerabilityID")) ? 90 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        string[] lists = ["Vulnerabilities[]", "Misconfigurations[]", "Secrets[]"];
        var items = new JsonItems(content, sink);
        items.Read([.. lists.Select(l => "Results[]." + l), .. lists.Select(l => "[]." + l)], (list, value) =>
        {
            var target = items.Scalar(list < 3 ? "Results[].Target" : "[].Target");
            var level = value.Str("Severity");
            var basis = new EvidenceFinding { Kind = FindingKind.Lint, Tool = "trivy", Level = level, Severity = Severities.Of(level), Title = value.Str("Title"), HelpUrl = value.Str("PrimaryURL"), File = value.Str("PkgPath") is { Length: > 0 } path ? path : target };
            EvidenceFinding? finding = (list % 3) switch
            {
                0 => basis with
                {
                    Kind = FindingKind.Vulnerability, Rule = value.Str("VulnerabilityID"), Title = Scanner.Title(value.Str("PkgName"), value.Str("InstalledVersion"), value.Str("Title"), value.Str("VulnerabilityID")),
                    Message = value.Str("Title", "Description"), Details = value.Str("Description"), Package = new VulnerablePackage(value.Str("PkgName"), value.Str("InstalledVersion"), value.Str("FixedVersion")),
                },
                1 when value.Str("Status") is "PASS" => null,
                1 => basis with
                {
                    Rule = value.Str("ID", "AVDID"), Message = value.Str("Message", "Description"), Details = value.Str("Resolution"),
                    Range = value.Prop("CauseMetadata") is { } cause ? cause.Span("StartLine", "", "EndLine", "").Range : null,
                },
                _ => basis with { Kind = FindingKind.Secret, Rule = value.Str("RuleID"), Message = value.Str("Title", "Category"), Range = value.Span("StartLine", "", "EndLine", "").Range },
            };
            if (finding is not null) sink.Add(finding, items.Line);
        }, cancellationToken);
    }
}

/// <summary>Grype.</summary>
internal sealed class GrypeParser : EvidenceParser
{
    public override string Profile => "grype";

    public override int Recognises(EvidenceHead head) => head.Json == '{' && head.HasKeys("matches", "vulnerability", "artifact") ? 93 : head.Json == '{' && head.HasKey("matches") && head.Has("grype") ? 85 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["matches[]", "ignoredMatches[]"], (list, match) =>
        {
            var (fault, package) = (match.Prop("vulnerability") ?? default, match.Prop("artifact") ?? default);
            var (name, version, id, level) = (package.Str("name"), package.Str("version"), fault.Str("id"), fault.Str("severity"));
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Vulnerability, Tool = "grype", Rule = id, Level = level, Severity = Severities.Of(level), Title = Scanner.Title(name, version, "", id), Message = fault.Str("description"),
                HelpUrl = fault.Str("dataSource"), File = package.Items("locations").Select(l => l.Str("path")).FirstOrDefault(p => p.Length > 0), Suppressed = list == 1,
                Package = new VulnerablePackage(name, version, string.Join(", ", fault.Prop("fix")?.Items("versions").Select(v => v.Text()) ?? [])),
            }, items.Line);
        }, cancellationToken);
    }
}

/// <summary>gitleaks. The secret itself is never taken over.</summary>
internal sealed class GitleaksParser : EvidenceParser
{
    public override string Profile => "gitleaks";

    public override int Recognises(EvidenceHead head) => head.Json == '[' && head.HasKeys("RuleID", "Secret") ? 95 : head.Json == '[' && head.HasKeys("RuleID", "File", "StartLine") ? 90 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["[]"], (_, leak) =>
        {
            var secret = leak.Str("Secret");
            string Without(string text) => secret.Length >= 4 ? text.Replace(secret, "[redacted:secret]", StringComparison.Ordinal) : text;
            var title = Without(leak.Str("Description"));
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Secret, Tool = "gitleaks", Rule = leak.Str("RuleID"), Level = "secret", Severity = Severities.Critical, Title = title, Message = title,
                Details = leak.Str("Commit") is { Length: > 0 } commit ? $"In commit {commit}" : "", File = leak.Str("File"), Range = leak.Span("StartLine", "StartColumn", "EndLine", "EndColumn").Range,
                Fingerprints = leak.Str("Fingerprint") is { Length: > 0 } print ? new Dictionary<string, string> { ["gitleaks"] = Without(print) } : new Dictionary<string, string>(),
            }, items.Line);
        }, cancellationToken);
    }
}

/// <summary>npm audit (both report versions), pnpm's and Yarn's. Packages that are at fault only through another one are not counted again.</summary>
internal sealed class NpmAuditParser : EvidenceParser
{
    public override string Profile => "npm_audit";
    public override IReadOnlyList<string> Aliases => ["npm", "yarn_audit", "pnpm_audit"];

    public override int Recognises(EvidenceHead head) => head.Json != '{' ? 0 : head.HasKeys("auditReportVersion", "vulnerabilities") ? 95 : head.HasKeys("advisories", "metadata") || head.Has("\"auditAdvisory\"") ? 92 : head.HasKeys("vulnerabilities", "metadata", "via") ? 88 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        JsonLines.Read(content, sink, (value, line) =>
        {
            if (value.Str("type") == "auditAdvisory" && value.At("data", "advisory") is { } advisory) Old(advisory, line);
        }, ["vulnerabilities.*", "advisories.*"], (items, value) =>
        {
            if (value.Prop("module_name") is not null) Old(value, items.Line);
            else New(value, items.Key, items.Line);
        }, cancellationToken);

        void New(JsonElement package, string name, long line)
        {
            foreach (var via in package.Items("via").Where(v => v.ValueKind == JsonValueKind.Object))
            {
                var id = Advisory(via.Str("url"), via.Str("source"));
                var of = via.Str("name", "dependency") is { Length: > 0 } own ? own : name;
                var fix = package.Prop("fixAvailable") is { ValueKind: JsonValueKind.Object } f ? $"{f.Str("name")} {f.Str("version")}" : package.Is("fixAvailable") ? "available" : "";
                Add(id, of, via.Str("range"), via.Str("severity") is { Length: > 0 } level ? level : package.Str("severity"), via.Str("title"), via.Str("url"), fix, line);
            }
        }

        void Old(JsonElement advisory, long line) => Add(
            Advisory(advisory.Str("url"), advisory.Str("id")), advisory.Str("module_name"), advisory.Prop("findings").Items().Select(f => f.Str("version")).FirstOrDefault(v => v.Length > 0) ?? advisory.Str("vulnerable_versions"),
            advisory.Str("severity"), advisory.Str("title"), advisory.Str("url"), advisory.Str("patched_versions") is var patched && patched == "<0.0.0" ? "" : patched, line);

        void Add(string id, string package, string versions, string level, string title, string url, string fix, long line)
        {
            // The same advisory stands under every package that it reaches.
            if (!seen.Add($"{id}|{package}")) return;
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Vulnerability, Tool = "npm audit", Rule = id, Level = level, Severity = Severities.Of(level), Title = Scanner.Title(package, versions, title, id), Message = title, HelpUrl = url,
                File = "package-lock.json", Package = new VulnerablePackage(package, versions, fix),
            }, line);
        }
    }

    /// <summary>The advisory's public name stays the same where npm's number does not.</summary>
    private static string Advisory(string url, string number)
    {
        var at = url.LastIndexOf("GHSA-", StringComparison.Ordinal);
        return at >= 0 ? url[at..] : $"npm:{number}";
    }
}

/// <summary>cargo audit (RustSec).</summary>
internal sealed class CargoAuditParser : EvidenceParser
{
    public override string Profile => "cargo_audit";
    public override IReadOnlyList<string> Aliases => ["cargo", "rustsec"];

    public override int Recognises(EvidenceHead head) => head.Json == '{' && head.HasKeys("vulnerabilities", "lockfile") || head.Json == '{' && head.HasKeys("database", "advisory-count") ? 95 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["vulnerabilities.list[]", "warnings.*[]", "warnings[]"], (list, value) =>
        {
            var advisory = value.Prop("advisory") ?? default;
            var package = value.Prop("package") ?? default;
            var (name, version, id) = (package.Str("name") is { Length: > 0 } own ? own : advisory.Str("package"), package.Str("version"), advisory.Str("id"));
            var kind = list > 0 ? value.Str("kind") : "vulnerability";
            var title = advisory.Str("title");
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Vulnerability, Tool = "cargo audit", Rule = id.Length > 0 ? id : kind, Level = kind, Severity = list == 0 ? Severities.High : Severities.Low,
                Title = Scanner.Title(name, version, title.Length > 0 ? title : kind, id), Message = title, Details = advisory.Str("description"), HelpUrl = advisory.Str("url"), File = "Cargo.lock",
                Package = new VulnerablePackage(name, version, string.Join(", ", value.Prop("versions")?.Items("patched").Select(v => v.Text()) ?? [])),
            }, items.Line);
        }, cancellationToken);
    }
}

/// <summary><c>dotnet list package --vulnerable</c>, as JSON and as text. A package of several frameworks of a project counts once.</summary>
internal sealed class DotnetVulnerableParser : EvidenceParser
{
    public override string Profile => "dotnet_vulnerable";
    public override IReadOnlyList<string> Aliases => ["dotnet_list", "dotnet_list_package", "nuget_audit"];

    public override int Recognises(EvidenceHead head) =>
        head.Json == '{' && head.HasKeys("projects", "parameters") && (head.Has("--vulnerable") || head.HasKey("vulnerabilities")) ? 94 : head.Json is null && head.Has("has the following vulnerable packages") ? 90 : head.Json is null && head.Has("has no vulnerable packages given the current sources") ? 90 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var start = new byte[16];
        var length = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var whole = new PrefixedStream(start.AsMemory(0, length), content);
        if (start.AsSpan(0, length).TrimStart("\uFEFF \r\n\t"u8) is not [(byte)'{', ..])
        {
            Text(whole);
            return;
        }
        var items = new JsonItems(whole, sink);
        items.Read(["projects[]"], (_, project) =>
        {
            foreach (var package in project.Items("frameworks").SelectMany(f => f.Items("topLevelPackages").Concat(f.Items("transitivePackages"))))
                foreach (var fault in package.Items("vulnerabilities")) Add(project.Str("path"), package.Str("id"), package.Str("resolvedVersion"), fault.Str("severity"), fault.Str("advisoryurl", "advisoryUrl"), items.Line);
        }, cancellationToken);

        void Text(Stream text)
        {
            var lines = new LineReader(text);
            var project = "";
            string name = "", version = "";
            while (lines.Read())
            {
                var line = lines.Text.Trim();
                if (line.StartsWith("Project ", StringComparison.Ordinal) && line.Split('`', '\'') is [_, var named, ..]) project = named;
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 4 && words[0] == ">" && words[^1].StartsWith("http", StringComparison.Ordinal))
                {
                    (name, version) = (words[1], words[^3]);
                    Add(project, name, version, words[^2], words[^1], lines.Number);
                }
                // A further advisory of the package above.
                else if (words.Length == 2 && name.Length > 0 && words[1].StartsWith("http", StringComparison.Ordinal)) Add(project, name, version, words[0], words[1], lines.Number);
                else if (line.Contains("has no vulnerable packages", StringComparison.Ordinal)) sink.Note(line);
            }
        }

        void Add(string project, string package, string version, string level, string url, long line)
        {
            if (!seen.Add($"{project}|{package}|{version}|{url}")) return;
            var at = url.LastIndexOf("GHSA-", StringComparison.Ordinal);
            var id = at >= 0 ? url[at..] : url;
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Vulnerability, Tool = "dotnet list package", Rule = id, Level = level, Severity = Severities.Of(level), Title = Scanner.Title(package, version, "", id),
                HelpUrl = url, File = project.Length > 0 ? project : null, Package = new VulnerablePackage(package, version, ""),
            }, line);
        }
    }
}

/// <summary>What scanners' findings have in common.</summary>
internal static class Scanner
{
    public static string Title(string package, string version, string title, string id) => $"{package} {version}: {(title.Length > 0 ? title : id)}".Trim();
}
