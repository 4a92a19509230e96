using System.Globalization;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>An agent's bounds as people type them: lists are separated by commas, an empty text does not narrow.</summary>
public sealed record AgentScopeText(bool ReadOnly = false, string Tools = "", string CallsPerMinute = "", string Repositories = "", string Hosts = "")
{
    /// <summary>The largest budget; a larger one is no bound.</summary>
    public const int MostCallsPerMinute = 100_000;

    private const int LongestList = 4000;
    private const string RepositoryForm = @"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/(?:\*|[A-Za-z0-9._-]{1,100})";

    /// <summary>These bounds as they would be typed.</summary>
    public static AgentScopeText Of(AgentScope scope) => new(
        scope.ReadOnly, string.Join(", ", scope.ToolSets), scope.CallsPerMinute?.ToString(CultureInfo.InvariantCulture) ?? "", string.Join(", ", scope.Repositories), string.Join(", ", scope.Hosts));

    /// <summary>Reads all fields, or says everything that is wrong: each by the name of its option (<c>tools</c>, <c>calls-per-minute</c>, <c>repositories</c>, <c>hosts</c>).</summary>
    public (AgentScope? Scope, IReadOnlyList<FieldError> Errors) Parse(ToolCatalog catalog)
    {
        var errors = new List<FieldError>();
        var tools = new List<string>();
        foreach (var entry in Split(Tools))
        {
            if (catalog.All.Any(t => t.Module == entry)) tools.Add(entry);
            else if (catalog.Find(entry) is { } tool) tools.Add(tool.Name);
            else errors.Add(new FieldError("tools", $"'{entry}' is neither a module nor a tool. Allowed: {string.Join(", ", catalog.All.Select(t => t.Module).Concat(catalog.All.Select(t => t.Name)).Distinct().Order(StringComparer.Ordinal))}."));
        }
        int? calls = null;
        if (CallsPerMinute.Trim() is { Length: > 0 } number)
        {
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed is >= 1 and <= MostCallsPerMinute) calls = parsed;
            else errors.Add(new FieldError("calls-per-minute", string.Create(CultureInfo.InvariantCulture, $"'{number}' is not allowed. Allowed: a whole number from 1 to {MostCallsPerMinute}, or nothing for no budget.")));
        }
        var repositories = Split(Repositories);
        errors.AddRange(repositories.Where(r => !Setting.Matches(r, RepositoryForm)).Select(r => new FieldError("repositories", $"'{r}' is not allowed. Allowed: owner/name, or owner/* for all of an owner, separated by commas.")));
        var hosts = Split(Hosts);
        errors.AddRange(hosts.Where(h => !Setting.Matches(h, SettingsTable.Hosts)).Select(h => new FieldError("hosts", $"'{h}' is not allowed. Allowed: {SettingsTable.HostsAllowed}, separated by commas.")));
        foreach (var (field, list) in new[] { ("tools", (IReadOnlyList<string>)tools), ("repositories", repositories), ("hosts", hosts) })
        {
            if (string.Join(',', list).Length > LongestList) errors.Add(new FieldError(field, $"the list is longer than {LongestList} characters."));
        }
        return errors.Count > 0 ? (null, errors) : (new AgentScope(ReadOnly, [.. tools.Distinct()], calls, [.. repositories.Distinct()], [.. hosts.Distinct()]), []);
    }

    private static string[] Split(string list) => list.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
