using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Approvals;

/// <summary>The rule that a request was made under, as it is kept with the request and hashed into every receipt.</summary>
/// <param name="Name">The rule's name; <c>default</c> where none covers the write.</param>
/// <param name="Mode"><c>human</c>, or <c>self</c>: the caller confirms its own write.</param>
/// <param name="Require">Whose approval is needed.</param>
/// <param name="TtlSeconds">How long the request waits.</param>
/// <param name="Text">The rule as it was written; empty for the default.</param>
public sealed record FrozenRule(string Name, string Mode, Requirement Require, int TtlSeconds, string Text)
{
    /// <summary>The mode in which no person is asked.</summary>
    public const string Self = "self";

    /// <summary>For people: what it asks for.</summary>
    public string InWords => this switch
    {
        { Mode: Self } => "Default: the caller may confirm its own write, without any person",
        { Text.Length: 0 } => "Default: one person who did not ask for it",
        _ => $"Rule “{Name}”: {Require}",
    };

    /// <summary>Canonical JSON, for the row and the hash.</summary>
    internal string ToJson() => Encoding.UTF8.GetString(CanonicalJson.Write(JsonSerializer.SerializeToElement(
        new { name = Name, mode = Mode, require = Require.ToString(), ttl_seconds = TtlSeconds, rule = Text })));

    /// <summary>Lower-case hex SHA-256 of <see cref="ToJson"/>.</summary>
    internal string Sha256 => CanonicalJson.Sha256Hex(Encoding.UTF8.GetBytes(ToJson()));

    /// <summary>What <see cref="ToJson"/> wrote. A row from before rules existed has none: one person, whoever it is.</summary>
    internal static FrozenRule Of(ApprovalRow row)
    {
        if (row.Policy.Length == 0) return new FrozenRule("default", "human", Requirement.OneOfAnyone, (int)(row.ExpiresAt - row.CreatedAt).TotalSeconds, "");
        using var json = JsonDocument.Parse(row.Policy);
        var rule = json.RootElement;
        return new FrozenRule(
            rule.GetProperty("name").GetString()!, rule.GetProperty("mode").GetString()!, Requirement.TryParse(rule.GetProperty("require").GetString()!) ?? Requirement.OneOfAnyone,
            rule.GetProperty("ttl_seconds").GetInt32(), rule.GetProperty("rule").GetString()!);
    }
}
