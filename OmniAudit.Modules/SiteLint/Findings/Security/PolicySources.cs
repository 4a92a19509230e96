namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <summary>A content security policy is written so that it cannot be read.</summary>
internal sealed class UnreadablePolicyException : Exception
{
    public UnreadablePolicyException() { }
    public UnreadablePolicyException(string message) : base(message) { }
    public UnreadablePolicyException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>
/// Policies as MDN's Observatory reads them together, by directive. Where there are several, a source counts only when a later policy repeats it;
/// what is left without sources is 'none'. Repeated directives make a policy unreadable, but for the reporting ones.
/// </summary>
internal sealed class PolicySources
{
    /// <summary>The shortest policy that says something.</summary>
    private const int ShortestPolicy = 6;

    private static readonly string[] NotInMeta = ["frame-ancestors", "report-uri", "sandbox"];

    /// <summary>Neighbours are compared, so their order matters: that of the Unicode Collation Algorithm's default table, in which marks stand before digits and letters.</summary>
    private const string Collation = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";

    private static readonly Comparer<string> Alphabetical = Comparer<string>.Create(static (a, b) =>
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i] != b[i]) return Rank(a[i]).CompareTo(Rank(b[i]));
        }
        return a.Length.CompareTo(b.Length);
    });

    private readonly Dictionary<string, HashSet<string>> _directives = new(StringComparer.Ordinal);

    /// <summary>A reporting directive stands there twice.</summary>
    public bool RepeatsReporting { get; private set; }

    public int Count => _directives.Count;

    public IEnumerable<KeyValuePair<string, HashSet<string>>> Directives => _directives;

    /// <summary>The sources of a directive; the set is the policy's own, and what is taken out of it is gone.</summary>
    public HashSet<string>? this[string directive] => _directives.GetValueOrDefault(directive);

    /// <summary>What a policy in a meta element can say.</summary>
    /// <exception cref="UnreadablePolicyException">One of them cannot be read.</exception>
    public static PolicySources ParseMeta(IReadOnlyList<string> policies)
    {
        var parsed = Parse(policies);
        foreach (var directive in NotInMeta) parsed._directives.Remove(directive);
        return parsed;
    }

    /// <exception cref="UnreadablePolicyException">One of them cannot be read.</exception>
    public static PolicySources Parse(IReadOnlyList<string> policies)
    {
        var clean = policies.Select(p => p.Replace("\r", "").Replace("\n", "").Trim()).ToList();
        if (clean.Exists(p => p.Length < ShortestPolicy)) throw new UnreadablePolicyException("A policy says nothing.");
        var result = new PolicySources();
        var merged = new Dictionary<string, List<Source>>(StringComparer.Ordinal);
        for (var number = 0; number < clean.Count; number++)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var words in clean[number].Split(';').Select(e => e.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 0))
            {
                var directive = words[0].ToLowerInvariant();
                if (!seen.Add(directive))
                {
                    if (directive is not ("report-uri" or "report-to")) throw new UnreadablePolicyException($"The directive {directive} stands there twice.");
                    result.RepeatsReporting = true;
                }
                merged[directive] = Merge(directive, words[1..], number, merged.GetValueOrDefault(directive), more: clean.Count > 1);
            }
        }
        foreach (var (directive, sources) in merged)
            result._directives[directive] = sources.Count == 0 ? ["'none'"] : sources.Select(s => s.Text).ToHashSet(StringComparer.Ordinal);
        return result;
    }

    private static List<Source> Merge(string directive, string[] words, int policy, List<Source>? before, bool more)
    {
        var first = policy == 0;
        var own = words.Length == 0 && directive.EndsWith("-src", StringComparison.Ordinal) ? ["'none'"] : words;
        var sources = (first ? [] : before ?? []).Concat(own.Select(w => new Source(w.ToLowerInvariant(), policy, first))).OrderBy(s => s.Text, Alphabetical).ToList();
        for (var i = 1; i < sources.Count; i++)
        {
            var (earlier, source) = (sources[i - 1], sources[i]);
            // Within one policy the shorter source says it all; over several, both have to say it.
            if (source.Policy == earlier.Policy && source.Text.StartsWith(earlier.Text, StringComparison.Ordinal)) source.Kept = false;
            if (source.Policy != earlier.Policy && Covers(earlier.Text, source.Text)) source.Kept = true;
        }
        sources.RemoveAll(s => !s.Kept);
        if (first && more) sources.ForEach(s => s.Kept = false);
        return sources;
    }

    /// <summary>By path segments; a trailing slash stands for everything below.</summary>
    private static bool Covers(string wide, string narrow)
    {
        if (wide.Length == 0 || (wide == "/" && narrow.Length == 0)) return true;
        var (a, b) = (wide.Split('/').ToList(), narrow.Split('/'));
        if (a.Count > b.Length || (!wide.EndsWith('/') && a.Count != b.Length)) return false;
        if (wide.EndsWith('/')) a.RemoveAt(a.Count - 1);
        return !a.Where((piece, i) => Decode(piece) != Decode(b[i])).Any();
    }

    private static int Rank(char c) => Collation.IndexOf(c, StringComparison.Ordinal) is >= 0 and var rank ? rank : Collation.Length + c;

    private static string Decode(string piece)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            if (piece[i] == '%' && (i + 2 >= piece.Length || !char.IsAsciiHexDigit(piece[i + 1]) || !char.IsAsciiHexDigit(piece[i + 2])))
                throw new UnreadablePolicyException("A source is not percent-encoded properly.");
        }
        return Uri.UnescapeDataString(piece);
    }

    private sealed class Source(string text, int policy, bool kept)
    {
        public string Text { get; } = text;
        public int Policy { get; } = policy;
        public bool Kept { get; set; } = kept;
    }
}
