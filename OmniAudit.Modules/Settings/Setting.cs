using System.Globalization;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Settings;

/// <summary>One setting, said once; read by the loader, the health page and docs/settings.md.</summary>
/// <param name="Key">The environment name.</param>
/// <param name="Path">The name in appsettings.json.</param>
/// <param name="Allowed">The allowed values in words, as they end an error: "… Allowed: json, plain."</param>
/// <param name="Apply">Takes the text over into the options; false when it is not allowed.</param>
/// <param name="Read">The value as text.</param>
internal sealed record Setting(string Key, string Path, string Description, string Allowed, Func<OmniAuditOptions, string, bool> Apply, Func<OmniAuditOptions, string> Read)
{
    /// <summary>Never shown: neither in errors nor on pages.</summary>
    public bool Secret { get; init; }

    /// <summary>The text may hold a password, and is not repeated in an error.</summary>
    public bool HideInErrors { get; init; }

    /// <summary>A list: comma-separated as one text, or an array in appsettings.json.</summary>
    public bool List { get; init; }

    /// <summary>The default in words, where it is not a fixed value.</summary>
    public string? DefaultText { get; init; }

    /// <summary>The name of an ASP.NET-style environment variable, <c>App__Port</c>.</summary>
    public string NestedKey => Path.Replace(":", "__", StringComparison.Ordinal);

    public static Setting Text(string key, string path, string description, Func<OmniAuditOptions, string> read, Action<OmniAuditOptions, string> write, string allowed = "any text", string? pattern = null) =>
        new(key, path, description, allowed, (o, text) => (pattern is null || Matches(text, pattern)) && Done(() => write(o, text)), read);

    public static Setting Hidden(string key, string path, string description, Func<OmniAuditOptions, string> read, Action<OmniAuditOptions, string> write, string allowed, Func<string, bool>? accepts = null) =>
        new(key, path, description, allowed, (o, text) => accepts?.Invoke(text) != false && Done(() => write(o, text)), read) { Secret = true };

    public static Setting File(string key, string path, string description, Func<OmniAuditOptions, string> read, Action<OmniAuditOptions, string> write, string defaultText) =>
        new(key, path, description, "a path; a relative one lies below the data directory", (o, text) => !text.Contains('\0', StringComparison.Ordinal) && Done(() => write(o, text)), read) { DefaultText = defaultText };

    public static Setting Choice(string key, string path, string description, Func<OmniAuditOptions, string> read, Action<OmniAuditOptions, string> write, params string[] values) =>
        new(key, path, description, string.Join(", ", values), (o, text) => values.Contains(text, StringComparer.Ordinal) && Done(() => write(o, text)), read);

    public static Setting Number(string key, string path, string description, Func<OmniAuditOptions, long> read, Action<OmniAuditOptions, long> write, long min, long max) =>
        new(key, path, description, string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"),
            (o, text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max && Done(() => write(o, value)),
            o => read(o).ToString(CultureInfo.InvariantCulture));

    public static Setting Flag(string key, string path, string description, Func<OmniAuditOptions, bool> read, Action<OmniAuditOptions, bool> write) =>
        new(key, path, description, "true, false", (o, text) => text.ToLowerInvariant() switch
        {
            "true" or "1" or "yes" or "on" => Done(() => write(o, true)),
            "false" or "0" or "no" or "off" => Done(() => write(o, false)),
            _ => false,
        }, o => read(o) ? "true" : "false");

    public static Setting Url(string key, string path, string description, Func<OmniAuditOptions, string> read, Action<OmniAuditOptions, string> write) =>
        new(key, path, description, "an http:// or https:// URL without user name, query and fragment",
            (o, text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0 && Done(() => write(o, text)), read);

    public static Setting Many(string key, string path, string description, Func<OmniAuditOptions, IReadOnlyList<string>> read, Action<OmniAuditOptions, IReadOnlyList<string>> write, string allowed, string pattern) =>
        new(key, path, description, $"a comma-separated list of {allowed}", (o, text) =>
        {
            var entries = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return entries.All(e => Matches(e, pattern)) && Done(() => write(o, entries));
        }, o => string.Join(",", read(o))) { List = true };

    /// <summary>True when the whole text has the form of a pattern.</summary>
    internal static bool Matches(string text, string pattern) => Regex.IsMatch(text, $@"\A(?:{pattern})\z", RegexOptions.NonBacktracking);

    private static bool Done(Action write)
    {
        write();
        return true;
    }
}
