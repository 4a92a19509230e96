using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>What people call operations, and how sources name them. The names themselves come from the store: none is guessed.</summary>
internal static partial class OperationWords
{
    /// <summary>What was said of operations, and the question without it.</summary>
    /// <param name="Concepts">Each what one word means: words of an operation's name, any of which will do.</param>
    internal sealed record Reading(IReadOnlyList<(string Said, string[] Names)> Concepts, string Rest);

    /// <summary>What is said, as a pattern; and what names have of it: words or beginnings of words, several in a row where there is a space.</summary>
    private static readonly (Regex Said, string[] Names)[] Table =
    [
        Of(@"(?:sign|log)(?:ned|ged|ging|ning|s)?[- ]?(?:in|on|ins|ons)|log[io]ns?", "sign in", "logged in", "login", "logon"),
        Of(@"multi-?factor(?: authentication)?|2fa|mfa|authenticators?|strong authentication", "strong authentication", "mfa", "security info", "authentication method"),
        Of(@"conditional access", "conditional access", "policy"), Of(@"service principals?|enterprise apps?", "service principal"), Of(@"app(?:lication)? registrations?", "application"),
        Of(@"inbox rules?|mail rules?", "inbox rule", "inboxrule"), Of(@"(?:transport|mail flow) rules?", "transport rule"), Of(@"auto-?forward\w*|forward\w*", "forward", "inbox rule", "set mailbox"),
        Of(@"(?:unified )?audit(?: log(?:ging)?)?", "audit"), Of(@"e-?discovery", "ediscovery", "compliance search", "search"),
        Of(@"delet(?:e[ds]?|ing|ions?)|remov(?:e[ds]?|ing|al)|purg(?:e[ds]?|ing)", "delete", "remove", "purge"), Of(@"wip(?:e[ds]?|ing)", "wipe"), Of(@"restor(?:e[ds]?|ing)", "restore"),
        Of(@"(?:add(?:ed|s|ing)?|assign(?:ed|s|ing|ments?)?|grant(?:ed|s|ing)?|gave|given)", "add", "assign", "grant", "new"),
        Of(@"creat(?:e[ds]?|ing|ions?)|made|register(?:ed|s|ing)?", "create", "add", "new", "register"),
        Of(@"chang(?:e[ds]?|ing)|modif(?:y|ied|ies|ying)|edit(?:ed|s|ing)?|updat(?:e[ds]?|ing)", "update", "change", "modif", "set", "edit"),
        Of(@"reset(?:s|ting)?", "reset"), Of(@"disabl(?:e[ds]?|ing)|deactivat(?:e[ds]?|ing)|turned off", "disable", "deactivate"), Of(@"enabl(?:e[ds]?|ing)|activat(?:e[ds]?|ing)|turned on", "enable", "activate"),
        Of(@"download(?:ed|s|ing)?", "download"), Of(@"upload(?:ed|s|ing)?", "upload"), Of(@"access(?:ed|es|ing)", "access"), Of(@"sen[dt](?:s|ing)?", "send"), Of(@"renam(?:e[ds]?|ing)", "rename"),
        Of(@"shar(?:e[ds]?|ing)|anonymous links?", "sharing", "share", "link"), Of(@"invit(?:e[ds]?|ing|ations?)|guests?", "invite", "external user", "guest", "invitation"), Of(@"consent(?:ed|s|ing)?", "consent"),
        Of(@"passwords?", "password"), Of(@"roles?", "role"), Of(@"members?(?:hips?)?", "member"), Of(@"groups?", "group"), Of(@"owners?", "owner"), Of(@"polic(?:y|ies)", "policy"), Of(@"permissions?", "permission", "app role", "delegated"),
        Of(@"app(?:lication)?s?", "application", "app", "service principal"), Of(@"credentials?|secrets?|certificates?", "credential", "secret", "certificate", "key"), Of(@"mailbox(?:es)?", "mailbox"), Of(@"mails?|e-?mails?|messages?", "mail", "message"),
        Of(@"files?|documents?", "file"), Of(@"folders?", "folder"), Of(@"sites?", "site"), Of(@"devices?", "device"), Of(@"licen[sc]es?", "license"), Of(@"domains?", "domain"), Of(@"federation", "federation"), Of(@"bitlocker", "bitlocker"),
        Of(@"rules?", "rule"), Of(@"tokens?", "token"), Of(@"(?:users?|accounts?) (?:created|added|deleted|removed)|new (?:users?|accounts?)", "user"),
    ];

    public static Reading Read(string question)
    {
        var concepts = new List<(string, string[])>();
        foreach (var (said, names) in Table)
        {
            var match = said.Match(question);
            if (!match.Success) continue;
            concepts.Add((match.Value.Trim(), names));
            question = said.Replace(question, " ");
        }
        return new Reading(concepts, question);
    }

    /// <summary>Those of the operations that fit what was said best: all of it, or at least half.</summary>
    public static IReadOnlyList<string> Matching(Reading reading, IEnumerable<string> operations)
    {
        if (reading.Concepts.Count == 0) return [];
        var scored = operations.Select(o => (Operation: o, Score: ScoreOf(reading, Words(o)))).Where(o => o.Score > 0).ToList();
        var best = scored.Count == 0 ? 0 : scored.Max(o => o.Score);
        return best * 2 < reading.Concepts.Count ? [] : [.. scored.Where(o => o.Score == best).Select(o => o.Operation)];
    }

    /// <summary>An operation's name as words in lower case with a space around each: UserLoginFailed is " user login failed ".</summary>
    public static string Words(string operation) => $" {string.Join(' ', Parts().Matches(operation).Select(m => m.Value.ToLowerInvariant()))} ";

    private static int ScoreOf(Reading reading, string words) => reading.Concepts.Count(c => Array.Exists(c.Names, n => words.Contains(" " + n, StringComparison.Ordinal)));

    private static (Regex, string[]) Of(string said, params string[] names) => (new Regex($@"\b(?:{said})\b", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase), names);

    /// <summary>Words of camel case, of cmdlets and of sentences.</summary>
    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Parts();
}
