using System.Buffers;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AuditLens.Evidence.Text;

/// <summary>
/// Takes secrets out of texts before anything is stored: tokens of known form (GitHub, AWS, Slack, npm, GitLab, Google, Stripe, OpenAI), JWTs, private keys, passwords in URLs and
/// Authorization headers, and values that look random under a key that says secret. A secret of no known form under a harmless key is not found.
/// </summary>
internal static partial class SecretRedactor
{
    /// <summary>Bits per character below which a value under <c>token=</c> or <c>key:</c> is a word and not a secret.</summary>
    private const double LeastEntropy = 3.0;

    /// <summary>No pattern below can match a text that has none of these.</summary>
    private static readonly SearchValues<string> Signs = SearchValues.Create(
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "AKIA", "ASIA", "eyJ", "-----BEGIN", "://", "xox", "npm_", "glpat-", "AIza", "sk_", "sk-", "rk_", "Bearer", "Basic", "token", "secret", "passw", "pwd", "key", "credential", "signature", "sig="],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>The text with <c>[redacted:kind]</c> in place of secrets.</summary>
    public static string Redact(string text) => Redact(text, out _);

    /// <summary>The same; <paramref name="count"/> is how many were taken out.</summary>
    public static string Redact(string text, out int count)
    {
        count = 0;
        if (text.Length < 8 || !text.AsSpan().ContainsAny(Signs)) return text;
        var found = 0;
        text = PrivateKey().Replace(text, _ => Mark("private-key"));
        text = KnownToken().Replace(text, m => Mark(Kind(m.Value)));
        text = Jwt().Replace(text, _ => Mark("jwt"));
        text = UrlPassword().Replace(text, m => IsPlaceholder(m.Groups["secret"].ValueSpan) ? m.Value : m.Groups["before"].Value + Mark("password") + "@");
        text = Authorization().Replace(text, m => IsPlaceholder(m.Groups["secret"].ValueSpan) ? m.Value : m.Groups["before"].Value + Mark("authorization"));
        text = KeyValue().Replace(text, m => Looks(m.Groups["key"].ValueSpan, m.Groups["secret"].ValueSpan) ? m.Groups["before"].Value + Mark("value") : m.Value);
        count = found;
        return text;

        string Mark(string kind)
        {
            found++;
            return $"[redacted:{kind}]";
        }
    }

    private static string Kind(string token) => token switch
    {
        _ when token.StartsWith("gh", StringComparison.Ordinal) => "github-token",
        _ when token.StartsWith("AKIA", StringComparison.Ordinal) || token.StartsWith("ASIA", StringComparison.Ordinal) => "aws-key-id",
        _ => "token",
    };

    /// <summary>A password needs no look of randomness; anything else does, and both letters and digits.</summary>
    private static bool Looks(ReadOnlySpan<char> key, ReadOnlySpan<char> value)
    {
        if (IsPlaceholder(value)) return false;
        var isPassword = key.Contains("passw", StringComparison.OrdinalIgnoreCase) || key.EndsWith("pwd", StringComparison.OrdinalIgnoreCase);
        if (isPassword) return value.Length >= 6 && (value.ContainsAnyInRange('0', '9') || Entropy(value) >= LeastEntropy);
        return value.Length >= 12 && value.ContainsAnyInRange('0', '9') && (value.ContainsAnyInRange('a', 'z') || value.ContainsAnyInRange('A', 'Z')) && Entropy(value) >= LeastEntropy
            // A path, a version or a type's name, with dots and slashes.
            && !(value.Contains('/') && value.Contains('.'));
    }

    private static bool IsPlaceholder(ReadOnlySpan<char> value) =>
        value.IsEmpty || value[0] is '$' or '<' or '%' or '{' || value.StartsWith("[redacted:") || value.TrimStart('*').IsEmpty || value.TrimStart('x').IsEmpty || value.StartsWith("***")
        || value.Contains("process.env", StringComparison.Ordinal) || value.Contains("secrets.", StringComparison.Ordinal) || value.Contains("example", StringComparison.OrdinalIgnoreCase);

    /// <summary>Shannon's, in bits per character.</summary>
    internal static double Entropy(ReadOnlySpan<char> value)
    {
        Span<int> counts = stackalloc int[128];
        counts.Clear();
        foreach (var c in value) counts[c & 127]++;
        var bits = 0.0;
        foreach (var n in counts)
            if (n > 0) bits -= (double)n / value.Length * Math.Log2((double)n / value.Length);
        return bits;
    }

    // Cut off at its end, a key is still a key.
    [GeneratedRegex(@"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----[A-Za-z0-9+/=\\\s:,.-]*?(-----END [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----|\z)", RegexOptions.NonBacktracking)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}\b|\b(AKIA|ASIA)[A-Z2-7]{16}\b|\bxox[abposr]-[A-Za-z0-9-]{10,}|\bnpm_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20,}|\bAIza[A-Za-z0-9_-]{35}|\b[sr]k_(live|test)_[A-Za-z0-9]{16,}\b|\bsk-[A-Za-z0-9_-]{20,}", RegexOptions.NonBacktracking)]
    private static partial Regex KnownToken();

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*", RegexOptions.NonBacktracking)]
    private static partial Regex Jwt();

    [GeneratedRegex(@"(?<before>\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s/@:""']*:)(?<secret>[^\s/@""']+)@", RegexOptions.NonBacktracking)]
    private static partial Regex UrlPassword();

    [GeneratedRegex(@"(?<before>\b(Bearer|Basic|token) +)(?<secret>[A-Za-z0-9+/=_.~-]{16,})", RegexOptions.NonBacktracking)]
    private static partial Regex Authorization();

    [GeneratedRegex(@"(?<before>(?<key>[A-Za-z0-9_.-]*(secret|token|passw(or)?d|passphrase|pwd|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|encryption[_-]?key|credentials?|signature|sig))[""']?\s{0,4}(=>|:=|=|:)\s{0,4}[""']?)(?<secret>[^\s""'`;&,<>\[\](){}]{6,})", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex KeyValue();
}
