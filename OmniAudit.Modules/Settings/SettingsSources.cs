using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace OmniAudit.Modules.Settings;

/// <summary>Where each setting was written, and what: environment before .env before appsettings.json. An empty value is none.</summary>
internal sealed class SettingsSources
{
    private readonly IConfiguration _appsettings;
    private readonly Dictionary<string, (string Key, string Value)> _environment;
    private readonly Dictionary<string, (string Key, string Value)> _dotEnv;

    public SettingsSources(IConfiguration appsettings, IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<KeyValuePair<string, string>> dotEnv)
    {
        _appsettings = appsettings;
        _environment = ByName(environment);
        _dotEnv = ByName(dotEnv);
    }

    /// <summary>What the user wrote, or null.</summary>
    public Written? Find(Setting setting, List<string> errors) =>
        FromVariables(setting, _environment, SettingSource.Environment, "")
        ?? FromVariables(setting, _dotEnv, SettingSource.DotEnv, " (.env)")
        ?? FromAppsettings(setting, errors);

    /// <summary>
    /// Keys that look like settings and are none: all of those in our sections of appsettings.json and in the nested form
    /// (<c>App__Prot</c>), and in .env those that miss a setting by a letter or two.
    /// </summary>
    public IEnumerable<string> Unknown()
    {
        var paths = SettingsTable.All.Select(s => s.Path).ToList();
        var sections = paths.Where(p => p.Contains(':', StringComparison.Ordinal)).Select(p => p[..p.IndexOf(':', StringComparison.Ordinal)]).Distinct().ToList();
        foreach (var section in _appsettings.GetChildren())
        {
            if (sections.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                foreach (var child in section.GetChildren().Where(c => !paths.Contains(c.Path, StringComparer.OrdinalIgnoreCase)))
                {
                    var known = paths.Where(p => p.StartsWith(section.Key + ":", StringComparison.OrdinalIgnoreCase)).ToList();
                    yield return $"{child.Path} (appsettings.json): there is no such setting.{Suggestion(child.Path, known)} Known in {section.Key}: {string.Join(", ", known.Select(p => p[(section.Key.Length + 1)..]))}.";
                }
            }
            else if (Nearest(section.Key, [.. sections, .. paths.Where(p => !p.Contains(':', StringComparison.Ordinal))]) is { } meant && !meant.Equals(section.Key, StringComparison.OrdinalIgnoreCase))
            {
                yield return $"{section.Key} (appsettings.json): there is no such section. Did you mean {meant}?";
            }
        }
        foreach (var (variables, where) in new[] { (_environment, ""), (_dotEnv, " (.env)") })
        {
            foreach (var (key, _) in variables.Values.Where(v => sections.Exists(s => v.Key.StartsWith(s + "__", StringComparison.OrdinalIgnoreCase))))
            {
                var path = key.Replace("__", ":", StringComparison.Ordinal);
                if (!SettingsTable.All.Any(s => path.Equals(s.Path, StringComparison.OrdinalIgnoreCase) || (s.List && path.StartsWith(s.Path + ":", StringComparison.OrdinalIgnoreCase))))
                {
                    yield return $"{key}{where}: there is no such setting.{Suggestion(path, paths)}";
                }
            }
        }
        var keys = SettingsTable.All.Select(s => s.Key).ToList();
        foreach (var (key, _) in _dotEnv.Values.Where(v => !keys.Contains(v.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (Nearest(key, keys) is { } meant) yield return $"{key} (.env): there is no such setting. Did you mean {meant}?";
        }
    }

    private static Written? FromVariables(Setting setting, Dictionary<string, (string Key, string Value)> variables, SettingSource source, string where)
    {
        foreach (var name in new[] { setting.Key, setting.NestedKey })
        {
            if (variables.TryGetValue(name, out var found) && found.Value.Length > 0) return new Written(found.Key + where, found.Value, source);
        }
        if (!setting.List) return null;
        var prefix = setting.NestedKey + "__";
        var entries = variables.Values.Where(v => v.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && v.Value.Length > 0)
            .OrderBy(v => int.TryParse(v.Key[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i : int.MaxValue).Select(v => v.Value).ToList();
        return entries.Count > 0 ? new Written(setting.NestedKey + where, string.Join(',', entries), source) : null;
    }

    private Written? FromAppsettings(Setting setting, List<string> errors)
    {
        var section = _appsettings.GetSection(setting.Path);
        var name = $"{setting.Path} (appsettings.json)";
        var children = section.GetChildren().ToList();
        if (children.Count > 0)
        {
            if (!setting.List || children.Exists(c => c.Value is null))
            {
                errors.Add($"{name}: must be {(setting.List ? "an array of texts or one text" : "a single value")}. Allowed: {setting.Allowed}.");
                return null;
            }
            return new Written(name, string.Join(',', children.Select(c => c.Value)), SettingSource.Appsettings);
        }
        return section.Value?.Trim() is { Length: > 0 } value ? new Written(name, value, SettingSource.Appsettings) : null;
    }

    /// <summary>Names are found whatever their case, as the Python original did; one in the usual spelling goes first.</summary>
    private static Dictionary<string, (string, string)> ByName(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var result = new Dictionary<string, (string, string)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in variables.OrderBy(v => v.Key, StringComparer.Ordinal)) result.TryAdd(key, (key, value.Trim()));
        return result;
    }

    private static string Suggestion(string written, IReadOnlyList<string> known) => Nearest(written, known) is { } meant ? $" Did you mean {meant}?" : "";

    private static string? Nearest(string written, IEnumerable<string> known) => written.Length < 5 ? null : known
        .Select(k => (Known: k, Distance: Distance(written.ToUpperInvariant(), k.ToUpperInvariant())))
        .Where(k => k.Distance <= 2).OrderBy(k => k.Distance).Select(k => k.Known).FirstOrDefault();

    /// <summary>Insertions, deletions and replacements between two texts (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2) return 3;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}

/// <summary>A setting as the user wrote it.</summary>
/// <param name="Name">The key as it was written, with the file it stands in.</param>
internal sealed record Written(string Name, string Value, SettingSource Source);
