using System.Globalization;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Settings;

/// <summary>
/// Who must approve which writes, within what time. One line of text, in the settings as in the console:
/// <c>name=releases tool=releasebutler.* target=acme/* agent=* require=2 maintainers and 1 security ttl=3600</c>.
/// </summary>
/// <param name="Name">What receipts and cards call it.</param>
/// <param name="Tool">The tools it is for; <c>*</c> stands for any text, here and below.</param>
/// <param name="Target">The repository, path or URL that is written to.</param>
/// <param name="Agent">The name of who asks.</param>
/// <param name="Require">Whose approval is needed.</param>
/// <param name="TtlSeconds">How long a request waits; 0 takes WRITE_CONFIRMATION_TTL_SECONDS.</param>
public sealed partial record ApprovalRule(string Name, string Tool, string Target, string Agent, Requirement Require, int TtlSeconds)
{
    /// <summary>The form, for error texts.</summary>
    public const string Allowed = "key=value with the keys name (required), tool, target, agent, require and ttl (seconds, 10 to 604800); * stands for any text; no commas. Require: " + Requirement.Allowed;
    private const int LongestText = 500;

    /// <summary>The first thing that is wrong, or the rule.</summary>
    public static (ApprovalRule? Rule, string Error) Parse(string text)
    {
        if (text.Length > LongestText) return (null, $"A rule has at most {LongestText} characters, this one has {text.Length}.");
        if (text.Contains(',', StringComparison.Ordinal) || text.Any(char.IsControl)) return (null, "A rule has no commas and no control characters.");
        var keys = KeyForm().Matches(text);
        if (keys.Count == 0 || text[..keys[0].Index].Trim().Length > 0) return (null, $"A rule is {Allowed}.");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < keys.Count; i++)
        {
            var end = i + 1 < keys.Count ? keys[i + 1].Index : text.Length;
            var value = text[(keys[i].Index + keys[i].Length)..end].Trim();
            if (value.Length == 0) return (null, $"{keys[i].Groups[1].Value}: is empty.");
            if (!values.TryAdd(keys[i].Groups[1].Value, value)) return (null, $"{keys[i].Groups[1].Value}: is given twice.");
        }
        if (values.Keys.FirstOrDefault(k => k is not ("name" or "tool" or "target" or "agent" or "require" or "ttl")) is { } unknown)
            return (null, $"{unknown}: is no key of a rule. Keys: name, tool, target, agent, require, ttl.");
        if (!values.TryGetValue("name", out var name)) return (null, $"name: is required. Allowed: {NameRule.Allowed}.");
        if (!NameRule.Accepts(name.ToLowerInvariant())) return (null, $"name: '{name}' is no name. Allowed: {NameRule.Allowed}.");
        foreach (var key in new[] { "tool", "target", "agent" })
            if (values.TryGetValue(key, out var pattern) && pattern.Any(char.IsWhiteSpace)) return (null, $"{key}: one pattern without spaces.");
        var requirement = Requirement.TryParse(values.GetValueOrDefault("require", "1 anyone"));
        if (requirement is null) return (null, $"require: {Requirement.Allowed}.");
        var ttl = 0;
        if (values.TryGetValue("ttl", out var seconds) && (!int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out ttl) || ttl is < 10 or > 604_800))
            return (null, "ttl: a whole number of seconds from 10 to 604800.");
        return (new ApprovalRule(name.ToLowerInvariant(), values.GetValueOrDefault("tool", "*"), values.GetValueOrDefault("target", "*"), values.GetValueOrDefault("agent", "*"), requirement, ttl), "");
    }

    /// <summary>True when the rule is for this write. Tools and agents compare exactly, targets without regard to case, as GitHub's names do.</summary>
    public bool Covers(string tool, string target, string agent) =>
        Matches(Tool, tool) && Matches(Target.ToLowerInvariant(), target.ToLowerInvariant()) && Matches(Agent, agent);

    /// <summary>The normal form, which <see cref="Parse"/> reads back.</summary>
    public override string ToString() =>
        $"name={Name} tool={Tool} target={Target} agent={Agent} require={Require}{(TtlSeconds > 0 ? string.Create(CultureInfo.InvariantCulture, $" ttl={TtlSeconds}") : "")}";

    /// <summary>Compares with a pattern in which <c>*</c> stands for any text, the empty one too.</summary>
    internal static bool Matches(string pattern, string text) =>
        Regex.IsMatch(text, $@"\A{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal)}\z", RegexOptions.Singleline | RegexOptions.NonBacktracking);

    [GeneratedRegex(@"(?:^|\s)([a-z]+)=", RegexOptions.NonBacktracking)]
    private static partial Regex KeyForm();
}
