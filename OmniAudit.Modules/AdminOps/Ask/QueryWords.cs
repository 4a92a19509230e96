using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>A query in words.</summary>
public static class QueryWords
{
    /// <summary>Each filter that is active, such as <c>service: Exchange</c>; none for a query of everything.</summary>
    public static IReadOnlyList<string> Of(EventQuery query)
    {
        var words = new List<string>();
        if (query.Start is not null || query.End is not null) words.Add(QuestionReader.Between(query.Start, query.End));
        Add("source", query.Sources);
        Add("service", query.Services);
        Add("not service", query.ExcludeServices);
        Add("operation", query.Operations);
        Add("not operation", query.ExcludeOperations);
        Add("actor", query.Actors);
        Add("not actor", query.ExcludeActors);
        Add("outcome", [.. query.Outcomes.Select(o => o.ToString().ToLowerInvariant())]);
        Add("address", query.Ips);
        Add("tag", query.IncludeTags);
        Add("not tag", query.ExcludeTags);
        foreach (var (name, value) in new[] { ("actor", query.Actor), ("words", query.Search), ("concerning", query.Entity), ("text", query.Contains), ("operation", query.OperationText), ("result", query.Result), ("correlation", query.CorrelationId) })
            if (!string.IsNullOrWhiteSpace(value)) words.Add($"{name}: {value}");
        return words;

        void Add(string name, IReadOnlyList<string> values)
        {
            if (values.Count > 0) words.Add(values.Count > 4 ? $"{name}: {string.Join(", ", values.Take(3))} and {values.Count - 3} more" : $"{name}: {string.Join(", ", values)}");
        }
    }
}
