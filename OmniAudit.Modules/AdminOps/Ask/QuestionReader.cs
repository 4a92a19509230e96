using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>Reads a question, in English, into a query. Pure: what it does not understand it says, and no model is needed.</summary>
internal static partial class QuestionReader
{
    private const int MostOperations = 100;

    private static readonly (string Said, string[] Services)[] Services =
    [
        ("exchange|mail server", ["exchange"]), ("share ?point", ["sharepoint"]), ("one ?drive", ["onedrive"]), ("(?:microsoft )?teams", ["microsoftteams", "teams"]), ("intune|endpoint manager", ["intune"]),
        ("entra(?: id)?|azure ad|azure active directory|aad|directory", ["azureactivedirectory", "directory", "coredirectory", "entra"]), ("power ?bi", ["powerbi"]), ("power ?apps|power ?platform", ["powerapps", "powerplatform"]),
        ("defender", ["threatintelligence", "defender"]), ("purview|compliance cent(?:er|re)", ["securitycompliancecenter", "purview"]), ("yammer|viva", ["yammer"]),
    ];

    private static readonly HashSet<string> Starts = new(StringComparer.OrdinalIgnoreCase)
    {
        "what", "who", "whom", "whose", "when", "where", "which", "why", "how", "did", "do", "does", "was", "were", "is", "are", "has", "have", "had", "can", "could", "show", "list", "find", "give", "tell", "count", "any", "all",
        "please", "get", "summarise", "summarize", "there", "in", "on", "since", "the", "from", "after", "before", "between", "today", "yesterday", "many", "events", "everything", "failed", "only", "also", "and", "during", "over", "last",
    };

    /// <summary>Words that name nobody and filter nothing.</summary>
    private static readonly HashSet<string> Fillers = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "an", "the", "of", "to", "for", "by", "with", "at", "on", "in", "from", "and", "or", "that", "this", "these", "those", "it", "its", "me", "us", "we", "i", "my", "our", "you", "they", "them", "their", "he", "she", "his", "her", "him",
        "be", "been", "being", "not", "no", "most", "more", "less", "least", "often", "times", "time", "number", "ever", "anyone", "anybody", "someone", "somebody", "everyone", "everybody", "nobody", "anything", "something",
        "user", "users", "account", "accounts", "person", "people", "admin", "admins", "administrator", "administrators", "event", "events", "activity", "activities", "action", "actions", "operation", "operations", "happen", "happened", "done",
        "first", "earliest", "latest", "recent", "recently", "newest", "oldest", "top", "list", "about", "against", "into", "onto", "out", "up", "down", "off", "than", "then", "there", "here", "some", "every", "each", "other", "else", "new",
        "ip", "ips", "address", "addresses", "country", "location", "place", "service", "services", "log", "logs", "audit", "tenant", "microsoft", "office", "m365", "o365", "365", "azure", "cloud", "result", "results", "outcome", "attempt", "attempts",
        "try", "tried", "trying", "seen", "see", "made", "make", "makes", "come", "came", "go", "went", "us", "using", "used", "use", "uses", "via", "through", "within", "without", "so", "far", "now", "still", "just", "really", "per", "ones", "one",
        "suspicious", "unusual", "strange", "concerning", "affected", "involved", "responsible", "total", "overall", "currently", "happening", "kind", "kinds", "sort", "type", "types", "own", "as", "but", "if", "would", "should", "will", "may", "might",
    };

    /// <param name="filters">What is active beside the question; it always holds.</param>
    /// <param name="now">For words such as yesterday.</param>
    public static QuestionReading Read(string question, EventQuery filters, StoreWords store, DateTimeOffset now)
    {
        var (understood, conflicts) = (new List<string>(), new List<string>());
        var query = filters;
        var kind = KindOf(question);
        var names = new List<(string Name, string Before)>();
        var text = Take(Quoted(), question, m => names.Add((m.Value.Trim('"', '“', '”', '\'', '‘', '’').Trim(), WordBefore(question, m.Index))));
        text = Take(Mail(), text, m => names.Add((m.Value.TrimEnd('.'), WordBefore(text, m.Index))));
        text = Take(Guid(), text, m => names.Add((m.Value, "of")));
        var ips = new List<string>();
        text = Take(Address(), text, m =>
        {
            if (m.Value.Length > 2 && (m.Value.Contains('.', StringComparison.Ordinal) || m.Value.Contains(':', StringComparison.Ordinal)) && IPAddress.TryParse(m.Value.Trim('[', ']', '.'), out var ip)) ips.Add(ip.ToString());
        });

        var when = TimeWords.Read(text, now);
        if (when.Said.Length > 0)
        {
            query = query with { Start = Later(filters.Start, when.Start), End = Earlier(filters.End, when.End) };
            understood.Add($"time: {Between(when.Start, when.End)}");
            if (query.Start >= query.End) conflicts.Add($"The active filters leave out {when.Said}: they are about {Between(filters.Start, filters.End)}.");
        }

        var (outcome, rest) = Outcome(when.Rest);
        if (outcome is { } wanted)
        {
            understood.Add($"outcome: {wanted.ToString().ToLowerInvariant()}");
            if (filters.Outcomes.Count > 0 && !filters.Outcomes.Contains(wanted)) conflicts.Add($"The active filters leave out the outcome {wanted.ToString().ToLowerInvariant()}.");
            query = query with { Outcomes = [wanted] };
        }
        rest = ReadServices(rest, filters, store, ref query, understood, conflicts);
        if (ips.Count > 0)
        {
            understood.Add($"address: {string.Join(", ", ips)}");
            if (filters.Ips.Count > 0 && !ips.Exists(i => filters.Ips.Contains(i))) conflicts.Add("The active filters leave out this address.");
            query = query with { Ips = ips };
        }

        var operations = OperationWords.Read(rest);
        FindNames(operations.Rest, store, names, out var ignored);
        if (operations.Concepts.Count > 0)
        {
            var said = string.Join(" ", operations.Concepts.Select(c => c.Said));
            var found = OperationWords.Matching(operations, store.Operations.Where(o => filters.Operations.Count == 0 || filters.Operations.Contains(o, StringComparer.OrdinalIgnoreCase)));
            query = found.Count > 0 ? query with { Operations = [.. found.Take(MostOperations)] } : query with { OperationText = $"{filters.OperationText} {operations.Concepts[0].Said}".Trim() };
            understood.Add(found.Count == 0 ? $"operation: no stored one has the words “{said}”" : found.Count > 4 ? $"operation: {found.Count} that have to do with “{said}”" : $"operation: {string.Join(", ", found)}");
        }
        var isSignIn = operations.Concepts.Any(c => c.Names.Contains("login"));
        foreach (var (name, before) in names.Where(n => n.Name.Length > 0))
        {
            if (query.Actor is null && IsActor(name, before, kind, isSignIn))
            {
                query = query with { Actor = name };
                understood.Add($"who did it: {name}");
            }
            else
            {
                query = query with { Entity = $"{query.Entity} {name}".Trim() };
                understood.Add($"concerning: {name}");
            }
        }
        return new QuestionReading(kind, query, understood, [.. names.Select(n => n.Name), .. ips], conflicts, ignored);
    }

    /// <summary>A time as an answer says it.</summary>
    public static string Between(DateTimeOffset? start, DateTimeOffset? end) => (start, end) switch
    {
        ({ } from, { } to) => $"{Minute(from)} to {Minute(to)} UTC",
        ({ } from, null) => $"since {Minute(from)} UTC",
        (null, { } to) => $"before {Minute(to)} UTC",
        _ => "any time",
    };

    private static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static QuestionKind KindOf(string question)
    {
        var q = question.TrimStart();
        return Count().IsMatch(q) ? QuestionKind.HowMany : When().IsMatch(q) ? QuestionKind.When : Where().IsMatch(q) ? QuestionKind.Where : Who().IsMatch(q) ? QuestionKind.Who : Whether().IsMatch(q) ? QuestionKind.Whether : QuestionKind.What;
    }

    private static (EventOutcome?, string) Outcome(string text)
    {
        if (Failed().IsMatch(text)) return (EventOutcome.Failure, Failed().Replace(text, " "));
        if (Succeeded().IsMatch(text)) return (EventOutcome.Success, Succeeded().Replace(text, " "));
        return (null, text);
    }

    private static string ReadServices(string text, EventQuery filters, StoreWords store, ref EventQuery query, List<string> understood, List<string> conflicts)
    {
        var found = new List<string>();
        foreach (var (said, keys) in Services)
        {
            var form = new Regex($@"\b(?:(?:in|on|at) )?(?:{said})\b", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase);
            if (form.Match(text) is not { Success: true } match) continue;
            text = form.Replace(text, " ");
            var stored = store.Services.Where(s => keys.Contains(Letters(s))).ToList();
            if (filters.ExcludeServices.Where(s => keys.Contains(Letters(s))).ToList() is { Count: > 0 } excluded) conflicts.Add($"The active filters leave out {string.Join(" and ", excluded)}.");
            else if (filters.Services.Count > 0 && !filters.Services.Any(s => keys.Contains(Letters(s)))) conflicts.Add($"The active filters leave out {match.Value.Trim()}.");
            found.AddRange(stored.Count > 0 ? stored : [match.Value.Trim()]);
        }
        if (found.Count == 0) return text;
        understood.Add($"service: {string.Join(", ", found)}");
        query = query with { Services = found };
        return text;
    }

    /// <summary>Names among the words that are left: those that the store knows, those with a capital, those after words such as "did".</summary>
    private static void FindNames(string text, StoreWords store, List<(string Name, string Before)> names, out IReadOnlyList<string> ignored)
    {
        var known = store.Actors.SelectMany(a => a.Split(['@', '.', ' ', '_', '-'], StringSplitOptions.RemoveEmptyEntries).Take(a.Contains('@', StringComparison.Ordinal) ? a[..a.IndexOf('@', StringComparison.Ordinal)].Split('.', '_', '-').Length : 4)
            .Append(a.Split('@')[0])).Where(p => p.Length >= 3).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var words = Word().Matches(text).Select(m => m.Value.EndsWith("'s", StringComparison.OrdinalIgnoreCase) || m.Value.EndsWith("’s", StringComparison.OrdinalIgnoreCase) ? m.Value[..^2] : m.Value).ToList();
        var left = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            if (!IsName(i))
            {
                if (words[i].Length > 1 && !Starts.Contains(words[i]) && !Fillers.Contains(words[i])) left.Add(words[i]);
                continue;
            }
            var (from, before) = (i, i > 0 ? words[i - 1] : "");
            while (i + 1 < words.Count && (IsName(i + 1) || (char.IsUpper(words[i][0]) && char.IsUpper(words[i + 1][0]) && !TimeWords.IsOne(words[i + 1])))) i++;
            names.Add((string.Join(' ', words[from..(i + 1)]), before));
        }
        ignored = left;

        bool IsName(int i)
        {
            var word = words[i];
            if (Fillers.Contains(word) || TimeWords.IsOne(word) || (Starts.Contains(word) && (i == 0 || char.IsLower(word[0])))) return false;
            if (known.Contains(word) || (char.IsUpper(word[0]) && !Starts.Contains(word))) return true;
            return i > 0 && words[i - 1].ToLowerInvariant() is "did" or "by" or "user" or "account" or "about" or "does" && word.Length > 1;
        }
    }

    private static bool IsActor(string name, string before, QuestionKind kind, bool isSignIn) => before.ToLowerInvariant() switch
    {
        "by" or "did" or "does" or "has" or "had" or "do" => true,
        "to" or "on" or "about" or "against" or "concerning" or "into" or "named" or "called" => false,
        "for" or "of" or "from" => isSignIn,
        _ => isSignIn || (kind != QuestionKind.Who && (name.Contains('@', StringComparison.Ordinal) || !name.Contains(' ', StringComparison.Ordinal) || char.IsUpper(name[0]))),
    };

    private static string Take(Regex form, string text, Action<Match> found)
    {
        foreach (Match match in form.Matches(text)) found(match);
        return form.Replace(text, " ");
    }

    private static string WordBefore(string text, int at) => Word().Matches(text[..at]).LastOrDefault()?.Value ?? "";

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b ?? a : a;

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase;

    [GeneratedRegex("\"[^\"]{1,200}\"|“[^”]{1,200}”|‘[^’]{1,200}’", RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"[\w.+#-]+@[\w.-]+\w", RegexOptions.NonBacktracking)]
    private static partial Regex Mail();

    [GeneratedRegex("[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}", RegexOptions.NonBacktracking)]
    private static partial Regex Guid();

    [GeneratedRegex(@"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[?[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}\]?", RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    [GeneratedRegex(@"\b(?:how many|how often|number of|count|how much)\b", Options)]
    private static partial Regex Count();

    [GeneratedRegex(@"\A(?:when|at what time|what time|since when)\b|\b(?:last|first) (?:time|seen)\b", Options)]
    private static partial Regex When();

    [GeneratedRegex(@"\A(?:from )?where\b|\b(?:which|what) (?:ip|ips|addresses|address|countr\w+|locations?)\b", Options)]
    private static partial Regex Where();

    [GeneratedRegex(@"\A(?:by )?who(?:m|se)?\b|\b(?:which|what) (?:users?|accounts?|admins?|administrators?|people|persons?|apps?|actors?)\b", Options)]
    private static partial Regex Who();

    [GeneratedRegex(@"\A(?:did|has|have|had|was|were|is|are|any|do|does)\b", Options)]
    private static partial Regex Whether();

    [GeneratedRegex(@"\b(?:fail(?:s|ed|ures?|ing)?|unsuccessful(?:ly)?|denied|blocked|rejected|refused|wrong password|not succeed(?:ed)?|errors?)\b", Options)]
    private static partial Regex Failed();

    [GeneratedRegex(@"\b(?:succe(?:ss|sses|ssful|ssfully|eded|eds|ed))\b", Options)]
    private static partial Regex Succeeded();

    [GeneratedRegex(@"[\w][\w'’.-]*\w|\w", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}
