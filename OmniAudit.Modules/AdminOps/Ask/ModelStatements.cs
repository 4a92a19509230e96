using System.Text;
using System.Text.RegularExpressions;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>What may be shown of a model's words.</summary>
/// <param name="Lines">Markdown list items: text, and ids of events in brackets. There is no other bracket, no link, no image and no HTML in them.</param>
/// <param name="Cited">The ids, each once, in the order in which they are cited.</param>
/// <param name="Dropped">Statements that are left out: they cite nothing, or what was not given, or name a token that nobody has.</param>
/// <param name="Doubted">Statements with a number that stands neither in the counts nor in the events they cite; they say so.</param>
internal sealed record ModelStatements(IReadOnlyList<string> Lines, IReadOnlyList<string> Cited, int Dropped, int Doubted);

/// <summary>
/// Reads a model's answer, which may say anything: what an event told it to say too. Each line is a statement and must cite events that the model was given; what is
/// kept is text and nothing else, whatever renders it.
/// </summary>
internal static partial class ModelAnswers
{
    private const int MostStatements = 12;
    private const int LongestStatement = 600;
    private const string NotConfirmed = " (a number here is not among the counts)";

    /// <param name="numbers">Those that may be said of all events: the counts, and what was asked.</param>
    public static ModelStatements Read(string text, bool isCut, ModelEvents events, IReadOnlySet<string> numbers, Pseudonyms names)
    {
        var (lines, cited, dropped, doubted) = (new List<string>(), new List<string>(), 0, 0);
        var statements = Split(text);
        // The last one may mean the opposite when it is whole.
        if (isCut && statements.Count > 0)
        {
            statements.RemoveAt(statements.Count - 1);
            dropped++;
        }
        foreach (var statement in statements)
        {
            var aliases = Citations(statement);
            var ids = aliases.Select(a => events.Find(a)?.Id).ToList();
            var words = Clean(Citation().Replace(statement, ""));
            if (lines.Count >= MostStatements || ids.Count == 0 || ids.Contains(null) || AnyCitation().IsMatch(Citation().Replace(statement, "")) || words.Length == 0 || Pseudonyms.TokensIn(words).Any(t => !names.Knows(t)))
            {
                dropped++;
                continue;
            }
            var known = aliases.SelectMany(events.NumbersOf).Append("1").Append("0").Append(ModelNumbers.Of(aliases.Count)).ToHashSet(StringComparer.Ordinal);
            var doubtful = ModelNumbers.In(WithoutTokens(words)).Any(n => !known.Contains(n) && !numbers.Contains(n));
            if (doubtful) doubted++;
            lines.Add($"- {names.Restore(words, EventText.Plain)}{(doubtful ? NotConfirmed : "")} {string.Join(' ', ids.Select(id => $"[{id}]"))}");
            cited.AddRange(ids!);
        }
        return new ModelStatements(lines, [.. cited.Distinct(StringComparer.Ordinal)], dropped, doubted);
    }

    /// <summary>A statement is a line, with those after it that are indented below a list item. Headings and fences are none.</summary>
    private static List<string> Split(string text)
    {
        var statements = new List<string>();
        var inItem = false;
        foreach (var raw in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line.StartsWith('#') || line.StartsWith("```", StringComparison.Ordinal) || line.All(c => c is '-' or '=' or '*' or '_'))
            {
                inItem = false;
                continue;
            }
            var item = Item().Match(line);
            if (item.Success) line = line[item.Length..].Trim();
            if (line.Length == 0 || (line.EndsWith(':') && !Citation().IsMatch(line)) || (line.EndsWith(":**", StringComparison.Ordinal) && !Citation().IsMatch(line))) continue;
            if (!item.Success && inItem && char.IsWhiteSpace(raw[0])) statements[^1] += " " + line;
            else statements.Add(line);
            inItem = item.Success || inItem;
        }
        return statements;
    }

    private static List<string> Citations(string statement) =>
        [.. Citation().Matches(statement).SelectMany(m => Expand(m.Value)).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary><c>[E1, E3-E5]</c>: each of them.</summary>
    private static IEnumerable<string> Expand(string citation)
    {
        foreach (Match part in Span().Matches(citation))
        {
            var ends = Digits().Matches(part.Value).Select(d => int.TryParse(d.Value, out var n) ? n : int.MaxValue).ToList();
            var (from, to) = (ends[0], ends[^1]);
            // A span of more than there can be is no citation of what was given.
            if (to < from || to - from > 100) yield return "E0";
            else for (var n = from; n <= to; n++) yield return $"E{n}";
        }
    }

    /// <summary>Text alone: no address that anything follows, no bracket, no tag, nothing that hides.</summary>
    private static string Clean(string text)
    {
        text = Image().Replace(text, "(image removed)");
        text = Link().Replace(text, "$1 (link removed)");
        text = Address().Replace(text, "(link removed)");
        text = VisibleText.Of(text).Replace('\t', ' ');
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            clean.Append(c switch { '[' => '(', ']' => ')', '<' => '‹', '>' => '›', '`' => '\'', '|' => '/', '\\' => '/', '&' => '+', _ => c });
        }
        text = Spaces().Replace(clean.ToString(), " ").Trim().TrimEnd(',', ';').Trim();
        return text.Length <= LongestStatement ? text : text[..LongestStatement] + "…";
    }

    private static string WithoutTokens(string words)
    {
        foreach (var token in Pseudonyms.TokensIn(words).Distinct(StringComparer.Ordinal).OrderByDescending(t => t.Length)) words = words.Replace(token, "", StringComparison.Ordinal);
        return Escape().Replace(words, "");
    }

    [GeneratedRegex(@"[\[(【]\s*E[0-9]+(?:\s*[,;–-]\s*E?[0-9]+)*\s*[\])】]", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Citation();

    /// <summary>What looks like a citation and is none of ours: [12], [event 4], [4890123456789].</summary>
    [GeneratedRegex(@"[\[【]\s*(?:event|id|e|#)?\s*[#:]?\s*[0-9]+\s*[\]】]", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex AnyCitation();

    [GeneratedRegex(@"E?[0-9]+(?:\s*[–-]\s*E?[0-9]+)?", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Span();

    [GeneratedRegex("[0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex Digits();

    [GeneratedRegex(@"\A(?:[-*•+]|[0-9]{1,2}[.)])\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Item();

    [GeneratedRegex(@"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?", RegexOptions.NonBacktracking)]
    private static partial Regex Image();

    [GeneratedRegex(@"\[([^\]]*)\](?:\([^)]*\)|:\s*\S+)", RegexOptions.NonBacktracking)]
    private static partial Regex Link();

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9+.-]*:(?://|\\\\)\S*|(?:javascript|data|vbscript|mailto|file|tel|blob):\S*|www\.\S+", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    /// <summary>What <see cref="VisibleText"/> makes of a character that hides.</summary>
    [GeneratedRegex("⟨U\\+[0-9A-F]+⟩", RegexOptions.NonBacktracking)]
    private static partial Regex Escape();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
