namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>A content security policy as it stands against injected scripts: the failures of Google's CSP Evaluator that Lighthouse counts.</summary>
internal sealed class ScriptPolicy
{
    private static readonly string[] ScriptDirectives = ["script-src", "script-src-attr", "script-src-elem"];
    private static readonly string[] XssDirectives = [.. ScriptDirectives, "object-src", "base-uri"];

    private readonly Dictionary<string, List<string>> _directives = new(StringComparer.Ordinal);

    public static ScriptPolicy Parse(string policy)
    {
        var parsed = new ScriptPolicy();
        foreach (var part in policy.Split(';'))
        {
            var words = part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            // The first of repeated directives holds (CSP3 §2.2.1).
            if (words.Length > 0) parsed._directives.TryAdd(words[0].ToLowerInvariant(), [.. words[1..].Select(Normalise).Distinct(StringComparer.Ordinal)]);
        }
        return parsed;
    }

    /// <summary>The words of a directive; empty when it is not there.</summary>
    public IReadOnlyList<string> Of(string directive) => _directives.GetValueOrDefault(directive) ?? [];

    /// <summary>What an attacker could use under all of the policies together: one that is strict covers for the others.</summary>
    public static IReadOnlyList<string> Weaknesses(IReadOnlyList<ScriptPolicy> policies)
    {
        var effective = policies.Select(p => p.Effective()).ToList();
        var found = new List<string>();
        found.AddRange(InAll(policies, p => p.Has("script-src") || p.Has("default-src") ? [] : ["script-src is missing"]));
        found.AddRange(InAll(policies, p => p.Of(p.Has("object-src") ? "object-src" : "default-src").Count > 0 ? [] : ["object-src is missing"]));
        if (policies.Any(p => p.HasNonce("script-src") || (p.HasHash("script-src") && p.IsStrictDynamic("script-src"))) && !policies.Any(p => p.Has("base-uri"))) found.Add("base-uri is missing");
        var withScript = effective.Where(p => p.Has(p.EffectiveName("script-src"))).ToList();
        found.AddRange(InAll(withScript, p => p.Of(p.EffectiveName("script-src")) is var words && words.Any(w => !w.StartsWith('\'')) && !words.Contains("'strict-dynamic'") ? ["hosts are allowed instead of nonces or hashes"] : []));
        found.AddRange(InAll(withScript, p => p.EffectiveNames(ScriptDirectives).Where(d => p.Of(d).Contains("'unsafe-inline'")).Select(d => $"'unsafe-inline' in {d}")));
        found.AddRange(InAll(effective, p => p.EffectiveNames(XssDirectives).SelectMany(d => p.Of(d).Where(IsWildcard).Select(w => $"{w} in {d}"))));
        found.AddRange(InAll(effective, p => p.EffectiveNames(XssDirectives).SelectMany(d => p.Of(d).Where(w => w is "data:" or "http:" or "https:").Select(w => $"{w} in {d}"))));
        return found;
    }

    private static List<string> InAll(IReadOnlyList<ScriptPolicy> policies, Func<ScriptPolicy, IEnumerable<string>> check) =>
        policies.Count == 0 ? [] : policies.Select(p => check(p).ToList()).Aggregate((a, b) => [.. a.Intersect(b, StringComparer.Ordinal)]);

    private bool Has(string directive) => _directives.ContainsKey(directive);

    private bool HasNonce(string directive) => Of(EffectiveName(directive)).Any(w => w.StartsWith("'nonce-", StringComparison.Ordinal) && w.EndsWith('\''));

    private bool HasHash(string directive) => Of(EffectiveName(directive)).Any(w => w.StartsWith("'sha256-", StringComparison.Ordinal) || w.StartsWith("'sha384-", StringComparison.Ordinal) || w.StartsWith("'sha512-", StringComparison.Ordinal));

    private bool IsStrictDynamic(string directive) => Of(EffectiveName(directive)).Contains("'strict-dynamic'");

    /// <summary>Where the browser looks when the directive is not there.</summary>
    private string EffectiveName(string directive)
    {
        if (Has(directive)) return directive;
        if (directive is "script-src-attr" or "script-src-elem" && Has("script-src")) return "script-src";
        return directive.EndsWith("-src", StringComparison.Ordinal) || directive.StartsWith("script-src-", StringComparison.Ordinal) ? "default-src" : directive;
    }

    private IEnumerable<string> EffectiveNames(IEnumerable<string> directives) => directives.Select(EffectiveName).Distinct(StringComparer.Ordinal);

    /// <summary>As a browser of today reads it: nonces and hashes switch 'unsafe-inline' off, 'strict-dynamic' switches hosts and schemes off.</summary>
    private ScriptPolicy Effective()
    {
        var copy = new ScriptPolicy();
        foreach (var (name, words) in _directives) copy._directives[name] = [.. words];
        foreach (var directive in copy.EffectiveNames(ScriptDirectives).ToList())
        {
            if (!copy._directives.TryGetValue(directive, out var words)) continue;
            if (copy.HasNonce(directive) || copy.HasHash(directive)) words.Remove("'unsafe-inline'");
            if (IsStrictDynamic(directive)) words.RemoveAll(w => !w.StartsWith('\'') || w is "'self'" or "'unsafe-inline'");
        }
        return copy;
    }

    private static bool IsWildcard(string word)
    {
        var scheme = word.IndexOf("://", StringComparison.Ordinal);
        return (scheme < 0 ? word : word[(scheme + 3)..]).TrimStart('/') == "*";
    }

    private static string Normalise(string word)
    {
        var lower = word.ToLowerInvariant();
        return lower.EndsWith(':') || lower is "'self'" or "'none'" or "'unsafe-inline'" or "'unsafe-eval'" or "'wasm-eval'" or "'wasm-unsafe-eval'" or "'strict-dynamic'" or "'unsafe-hashes'" or "'unsafe-hashed-attributes'" or "'report-sample'" ? lower : word;
    }
}
