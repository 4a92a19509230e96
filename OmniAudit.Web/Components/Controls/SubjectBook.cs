using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Oidc;

namespace OmniAudit.Web.Components.Controls;

/// <summary>The names of those who act, by the subjects that receipts carry.</summary>
public sealed class SubjectBook
{
    private const string ByItself = "self:";
    private const string ByRule = "rule:";
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    private SubjectBook()
    {
        foreach (var agent in new[] { AgentDirectory.Anonymous, AgentDirectory.Default }) _names[agent.Subject] = agent.Name;
    }

    public static SubjectBook Empty { get; } = new();

    /// <summary>Every name there is, for people to choose from.</summary>
    public IEnumerable<string> Names => _names.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.OrdinalIgnoreCase);

    public static async Task<SubjectBook> ReadAsync(OperatorDirectory operators, AgentDirectory agents, ApprovalQueries approvals, CancellationToken cancellationToken)
    {
        var book = new SubjectBook();
        // Who calls with an access token is in no directory; their requests say what the token called them.
        foreach (var (subject, name) in await approvals.RequesterNamesAsync(AccessTokens.SubjectPrefix, cancellationToken)) book._names[subject] = name;
        foreach (var agent in await agents.ListAsync(cancellationToken)) book._names["agent:" + agent.AgentId] = agent.Name;
        foreach (var person in await operators.ListAsync(cancellationToken)) book._names[person.Actor.Subject] = person.DisplayName;
        return book;
    }

    /// <summary>Null for a subject that has no name here.</summary>
    public string? NameOf(string subject) =>
        _names.TryGetValue(subject, out var name) ? name
        : subject.StartsWith(ByItself, StringComparison.Ordinal) && NameOf(subject[ByItself.Length..]) is { } itself ? $"{itself}, by itself"
        : subject.StartsWith(ByRule, StringComparison.Ordinal) ? "a standing rule"
        : null;

    /// <summary>The subjects that a text stands for: itself, those with exactly this name, or else those whose name it is part of.</summary>
    public IReadOnlyList<string> Find(string text)
    {
        if (_names.ContainsKey(text)) return [text];
        var exact = _names.Where(n => n.Value.Equals(text, StringComparison.OrdinalIgnoreCase)).Select(n => n.Key).ToList();
        return exact.Count > 0 ? exact : [.. _names.Where(n => n.Value.Contains(text, StringComparison.OrdinalIgnoreCase)).Select(n => n.Key)];
    }
}
