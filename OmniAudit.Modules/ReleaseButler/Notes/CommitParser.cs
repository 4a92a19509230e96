using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>
/// Reads commit messages by hand, each character once: no expression that could backtrack. The choices where parsers disagree are in docs/releases.md.
/// </summary>
internal static class CommitParser
{
    private const string NestedBegin = "BEGIN_NESTED_COMMIT";
    private const string NestedEnd = "END_NESTED_COMMIT";
    private const int MostStatements = 100;

    /// <summary>The types that sections are named after; others are taken too, and listed under "Other changes".</summary>
    public static IReadOnlyList<string> KnownTypes { get; } = ["feat", "fix", "perf", "revert", "docs", "refactor", "build", "deps", "test", "ci", "style", "chore"];

    /// <summary>The statements of a message, the first line's first; never empty.</summary>
    public static IReadOnlyList<CommitText> Parse(string message)
    {
        var found = new List<CommitText>();
        var main = new List<string>();
        List<string>? nested = null;
        foreach (var raw in message.AsSpan().EnumerateLines())
        {
            var line = raw.TrimEnd();
            if (line.Trim() is NestedBegin)
            {
                if (nested is not null) Add(found, nested, CommitOrigin.Nested);
                nested = [];
            }
            else if (nested is not null && line.Trim() is NestedEnd)
            {
                Add(found, nested, CommitOrigin.Nested);
                nested = null;
            }
            else
            {
                var lines = nested ?? main;
                // Many empty lines say no more than two.
                if (line.Length > 0 || lines is not ([] or [.., ""])) lines.Add(line.ToString());
            }
        }
        if (nested is not null) Add(found, nested, CommitOrigin.Nested);
        var own = new List<CommitText>();
        Add(own, main, CommitOrigin.Header);
        return [.. own, .. found.Take(MostStatements)];
    }

    /// <summary>The text between BEGIN_COMMIT_OVERRIDE and END_COMMIT_OVERRIDE of a pull request; null without one.</summary>
    public static string? OverrideOf(string? pullBody)
    {
        const string Begin = "BEGIN_COMMIT_OVERRIDE", End = "END_COMMIT_OVERRIDE";
        var start = pullBody?.IndexOf(Begin, StringComparison.Ordinal) ?? -1;
        if (start < 0) return null;
        start += Begin.Length;
        var end = pullBody!.IndexOf(End, start, StringComparison.Ordinal);
        var text = (end < 0 ? pullBody[start..] : pullBody[start..end]).Trim();
        return text.Length > 0 ? text : null;
    }

    /// <summary>Type, scope, mark and description of a header; null when it is none of a conventional commit.</summary>
    public static (string Type, string? Scope, bool Mark, string Description)? Header(ReadOnlySpan<char> line)
    {
        var at = 0;
        while (at < line.Length && (char.IsAsciiLetterOrDigit(line[at]) || (at > 0 && line[at] is '-' or '_'))) at++;
        if (at == 0 || !char.IsAsciiLetter(line[0]) || at > 40) return null;
        var type = line[..at].ToString().ToLowerInvariant();
        string? scope = null;
        if (at < line.Length && line[at] == '(')
        {
            var end = line[at..].IndexOf(')');
            if (end < 0) return null;
            scope = line[(at + 1)..(at + end)].Trim().ToString();
            if (scope.Length == 0 || scope.Contains('(', StringComparison.Ordinal)) return null;
            at += end + 1;
        }
        var mark = at < line.Length && line[at] == '!';
        if (mark) at++;
        if (at + 1 >= line.Length || line[at] != ':' || line[at + 1] is not (' ' or '\t')) return null;
        var description = line[(at + 2)..].Trim();
        return description.Length == 0 ? null : (type, scope, mark, description.ToString());
    }

    /// <summary>The number of a subject's end <c> (#12)</c>, which GitHub writes below a squashed pull request, and the subject without it.</summary>
    public static (long? Number, string Bare) TrailingPull(string subject)
    {
        var text = subject.AsSpan().TrimEnd();
        if (!text.EndsWith(")", StringComparison.Ordinal) || text.LastIndexOf("(#") is not (> 0 and var open) || text[open - 1] != ' ') return (null, subject);
        return long.TryParse(text[(open + 2)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? (number, text[..open].TrimEnd().ToString()) : (null, subject);
    }

    /// <summary>The number in <c>Merge pull request #12 from …</c>; null for other subjects.</summary>
    public static long? MergedPull(string subject)
    {
        const string Begin = "Merge pull request #";
        if (!subject.StartsWith(Begin, StringComparison.Ordinal)) return null;
        var rest = subject.AsSpan(Begin.Length);
        var end = rest.IndexOf(' ');
        return end > 0 && rest[end..].StartsWith(" from ", StringComparison.Ordinal) && long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
    }

    /// <summary>Everybody named by <c>Co-authored-by</c>, in any case, once by address.</summary>
    public static IReadOnlyList<CoAuthor> CoAuthors(string message)
    {
        const string Token = "co-authored-by:";
        var found = new Dictionary<string, CoAuthor>(StringComparer.OrdinalIgnoreCase);
        foreach (var raw in message.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (!line.StartsWith(Token, StringComparison.OrdinalIgnoreCase) || !line.EndsWith(">", StringComparison.Ordinal)) continue;
            var value = line[Token.Length..].Trim();
            var open = value.LastIndexOf('<');
            if (open < 0) continue;
            var (name, email) = (value[..open].Trim().ToString(), value[(open + 1)..^1].Trim().ToString());
            if ((name.Length > 0 || email.Length > 0) && found.Count < 50) found.TryAdd(email.Length > 0 ? email : name, new CoAuthor(name.Length > 0 ? name : email, email));
        }
        return [.. found.Values];
    }

    private static void Add(List<CommitText> found, List<string> lines, CommitOrigin origin)
    {
        while (lines is [.., ""]) lines.RemoveAt(lines.Count - 1);
        while (lines is ["", ..]) lines.RemoveAt(0);
        if (lines.Count == 0 && origin != CommitOrigin.Header) return;
        // What a squash or a writer put below as a message of its own begins after an empty line, or with a star.
        var starts = new List<(int Line, CommitOrigin Origin)> { (0, origin) };
        for (var i = 1; i < lines.Count && starts.Count < MostStatements; i++)
        {
            if (lines[i].StartsWith("* ", StringComparison.Ordinal) && IsKnown(lines[i].AsSpan(2))) starts.Add((i, CommitOrigin.Squashed));
            else if ((lines[i - 1].Length == 0 || starts[^1] == (i - 1, CommitOrigin.Nested)) && IsKnown(lines[i])) starts.Add((i, CommitOrigin.Nested));
        }
        for (var s = 0; s < starts.Count; s++)
        {
            var (from, where) = starts[s];
            var to = s + 1 < starts.Count ? starts[s + 1].Line : lines.Count;
            found.Add(Statement(lines.GetRange(from, to - from), where));
        }
    }

    /// <summary>"Fix: #12" is a footer.</summary>
    private static bool IsKnown(ReadOnlySpan<char> line) => Header(line) is { } header && KnownTypes.Contains(header.Type, StringComparer.Ordinal) && header.Description[0] != '#';

    private static CommitText Statement(List<string> lines, CommitOrigin origin)
    {
        var subject = lines.Count == 0 ? "" : lines[0].Trim();
        if (origin == CommitOrigin.Squashed) subject = subject[2..].Trim();
        var header = Header(subject);
        var hints = new List<string>();
        if (header is null && LooksLikeHeader(subject) is { } why) hints.Add(why);
        var (footers, body) = Footers(lines, hints);
        var notes = footers.Where(f => IsBreaking(f.Token)).Select(f => f.Value).ToList();
        var revert = header?.Type == "revert" || (header is null && subject.StartsWith("Revert \"", StringComparison.Ordinal));
        var type = header?.Type ?? (revert ? "revert" : "");
        var (reverts, pulls) = revert ? Reverted(lines, footers) : ([], []);
        return new CommitText(
            origin, type, header?.Scope, header?.Description ?? subject, header?.Mark == true || notes.Count > 0, [.. notes.Where(n => n.Length > 0)], body, footers, reverts, pulls, hints);
    }

    /// <summary>Footers begin at the first line that has a token's form after an empty line or another footer; breaking ones wherever a line begins with theirs.</summary>
    private static (IReadOnlyList<CommitFooter> Footers, string BodyStart) Footers(List<string> lines, List<string> hints)
    {
        var footers = new List<CommitFooter>();
        var body = new StringBuilder();
        var bodyEnded = false;
        string? token = null;
        var indent = 0;
        var value = new StringBuilder();
        for (var i = 1; i < lines.Count; i++)
        {
            // Below an indented footer stand others as far in.
            var line = token is not null && indent > 0 && indent < lines[i].Length && string.IsNullOrWhiteSpace(lines[i][..indent]) ? lines[i][indent..] : lines[i];
            if (line == "---" && i + 1 < lines.Count && lines[i + 1].StartsWith("updated-dependencies:", StringComparison.Ordinal))
            {
                // Dependabot's YAML, up to its end mark.
                End();
                while (i + 1 < lines.Count && lines[i + 1] != "..." && lines[i + 1].Length > 0) i++;
                continue;
            }
            if ((line.StartsWith("breaking change:", StringComparison.OrdinalIgnoreCase) || line.StartsWith("breaking-change:", StringComparison.OrdinalIgnoreCase)) && !line.StartsWith("BREAKING", StringComparison.Ordinal))
                hints.Add("'breaking change' counts in capital letters only.");
            if (TokenOf(line) is var (name, rest) && (IsBreaking(name) || token is not null || lines[i - 1].Length == 0))
            {
                End();
                (token, bodyEnded) = (name, true);
                if (line.Length == lines[i].Length) indent = line.Length - line.TrimStart().Length;
                value.Append(rest);
                continue;
            }
            if (token is not null)
            {
                if (value.Length > 0 || line.Length > 0) value.Append('\n').Append(line);
            }
            else if (!bodyEnded)
            {
                if (line.Length > 0) body.Append(body.Length > 0 ? " " : "").Append(line);
                else bodyEnded = body.Length > 0;
            }
        }
        End();
        return (footers, body.ToString());

        void End()
        {
            if (token is not null) footers.Add(new CommitFooter(token, value.ToString().Trim()));
            token = null;
            value.Clear();
        }
    }

    private static (string Token, string Value)? TokenOf(string line)
    {
        foreach (var breaking in (ReadOnlySpan<string>)["BREAKING CHANGE", "BREAKING-CHANGE"])
        {
            // Indented or in a list it is meant all the same, and nobody wants to miss it.
            var start = line.AsSpan().TrimStart(" \t*-");
            if (!start.StartsWith(breaking, StringComparison.Ordinal)) continue;
            var rest = start[breaking.Length..];
            if (rest is ":" or [':', ' ' or '\t', ..]) return (breaking, rest[1..].Trim().ToString());
            if (rest is [' ', '#', ..]) return (breaking, rest[2..].Trim().ToString());
            return null;
        }
        var at = 0;
        while (at < line.Length && (char.IsAsciiLetterOrDigit(line[at]) || (at > 0 && line[at] == '-'))) at++;
        if (at == 0 || at > 60 || !char.IsAsciiLetter(line[0])) return null;
        var after = line.AsSpan(at);
        if (after is [':', ' ', ..]) return (line[..at], after[1..].Trim().ToString());
        return after is [' ', '#', _, ..] ? (line[..at], after[1..].Trim().ToString()) : null;
    }

    private static bool IsBreaking(string token) => token is "BREAKING CHANGE" or "BREAKING-CHANGE";

    /// <summary>Why a subject that begins with a known type is none of a conventional commit.</summary>
    private static string? LooksLikeHeader(string subject)
    {
        var at = 0;
        while (at < subject.Length && char.IsAsciiLetter(subject[at])) at++;
        if (!KnownTypes.Contains(subject[..at].ToLowerInvariant(), StringComparer.Ordinal) || at == subject.Length) return null;
        return subject.AsSpan(at) switch
        {
            [':', ..] => $"'{subject[..at]}:' needs a space after the colon, and a text.",
            [' ', ':', ..] => $"'{subject[..at]} :' has a space before the colon.",
            ['(', ')', ..] => $"'{subject[..at]}()' has an empty scope.",
            _ => null,
        };
    }

    private static (IReadOnlyList<string> Hashes, IReadOnlyList<PullReference> Pulls) Reverted(List<string> lines, IReadOnlyList<CommitFooter> footers)
    {
        const string Commit = "This reverts commit ", Pull = "Reverts ";
        var hashes = new List<string>();
        var pulls = new List<PullReference>();
        foreach (var line in lines.Skip(1))
        {
            if (line.StartsWith(Commit, StringComparison.OrdinalIgnoreCase)) AddHash(line.AsSpan(Commit.Length));
            else if (line.StartsWith(Pull, StringComparison.Ordinal) && line.IndexOf('#', StringComparison.Ordinal) is > 0 and var mark)
            {
                var repository = line[Pull.Length..mark];
                var digits = line.AsSpan(mark + 1).TrimEnd().TrimEnd('.');
                if (!repository.Contains(' ', StringComparison.Ordinal) && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) pulls.Add(new PullReference(repository.Length > 0 ? repository : null, number));
            }
        }
        foreach (var footer in footers.Where(f => f.Token.Equals("Refs", StringComparison.OrdinalIgnoreCase) || f.Token.Equals("Ref", StringComparison.OrdinalIgnoreCase) || f.Token.Equals("Reverts", StringComparison.OrdinalIgnoreCase)))
            foreach (var part in footer.Value.Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries)) AddHash(part);
        return (hashes, pulls);

        void AddHash(ReadOnlySpan<char> text)
        {
            var length = 0;
            while (length < text.Length && char.IsAsciiHexDigit(text[length])) length++;
            if (length is >= 7 and <= 64 && (length == text.Length || !char.IsAsciiLetterOrDigit(text[length]))) hashes.Add(text[..length].ToString().ToLowerInvariant());
        }
    }
}
