using System.Text;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>
/// A CODEOWNERS file (docs.github.com, "About code owners"): of the lines that match a path the last one names its owners, and one without owners says there are none. Lines that GitHub does not
/// read (<c>!</c>, <c>[ ]</c>) are passed over.
/// </summary>
internal sealed class CodeOwners
{
    /// <summary>Where GitHub looks, in this order.</summary>
    public static IReadOnlyList<string> Places { get; } = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

    private const int MostLines = 10_000;
    private const int LongestPattern = 400;

    private readonly List<(Regex Pattern, IReadOnlyList<string> Owners)> _rules = [];

    public CodeOwners(string text)
    {
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n').Take(MostLines))
        {
            var words = Words(line);
            if (words.Count == 0 || words[0].Length > LongestPattern || words[0][0] == '!' || words[0].Contains('[', StringComparison.Ordinal)) continue;
            _rules.Add((PatternOf(words[0]), [.. words.Skip(1).Where(o => o.StartsWith('@') || o.Contains('@', StringComparison.Ordinal))]));
        }
    }

    /// <summary>Empty when nobody owns it.</summary>
    public IReadOnlyList<string> Of(string path)
    {
        for (var i = _rules.Count - 1; i >= 0; i--)
            if (_rules[i].Pattern.IsMatch(path.TrimStart('/'))) return _rules[i].Owners;
        return [];
    }

    /// <summary>Blanks divide, a backslash takes them in, and what begins with <c>#</c> is a comment.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length) word.Append(line[i] is '\\' && line[i + 1] is ' ' or '#' ? line[++i] : line[i]);
            else if (char.IsWhiteSpace(line[i])) End();
            else if (line[i] == '#' && word.Length == 0) break;
            else word.Append(line[i]);
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }

    private static Regex PatternOf(string pattern)
    {
        var directory = pattern.EndsWith('/');
        var bare = pattern.Trim('/');
        // A slash anywhere but at the end ties it to the root.
        var rooted = pattern.StartsWith('/') || bare.Contains('/', StringComparison.Ordinal);
        var regex = new StringBuilder(rooted ? "^" : "^(.*/)?");
        for (var i = 0; i < bare.Length; i++)
        {
            if (bare[i] == '*' && i + 1 < bare.Length && bare[i + 1] == '*')
            {
                i++;
                if (i + 1 < bare.Length && bare[i + 1] == '/')
                {
                    regex.Append("(.*/)?");
                    i++;
                }
                else regex.Append(".*");
            }
            else regex.Append(bare[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
        }
        // docs/* is what lies in docs and not below it; a name is the file or everything in the directory.
        regex.Append(directory ? "/.*" : bare.EndsWith("/*", StringComparison.Ordinal) ? "" : "(/.*)?").Append('$');
        return new Regex(regex.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
