using System.Text;

namespace OmniAudit.Modules.Settings;

/// <summary>docs/settings.md, written from the same table that the loader reads.</summary>
internal static class SettingsDocument
{
    public static string Write()
    {
        var text = new StringBuilder("""
            # Settings

            Set by environment variable, in a `.env` file (in the current directory, or beside the program) or in
            `appsettings.json` beside the program. The environment wins over `.env`, and `.env` over `appsettings.json`. An
            empty value counts as none. In `appsettings.json` lists are arrays or comma-separated texts. Names of the form
            `App__Port` are understood too. A value that is wrong, or contradicts another, stops the start with a message
            that names the key and the allowed values; all of them are told at once.

            <!-- Generated from SettingsTable.cs. To write it anew: OMNIAUDIT_WRITE_DOCS=1 dotnet test --filter SettingsDocumentTests -->

            """);
        var defaults = new OmniAuditOptions();
        foreach (var section in SettingsTable.All.GroupBy(s => s.Path.Contains(':', StringComparison.Ordinal) ? s.Path[..s.Path.IndexOf(':', StringComparison.Ordinal)] : "Places"))
        {
            text.Append($"\n## {section.Key}\n\n| environment | appsettings.json | default | allowed | what it does |\n|---|---|---|---|---|\n");
            foreach (var setting in section)
            {
                var fallback = setting.DefaultText ?? (setting.Read(defaults) is { Length: > 0 } value ? $"`{value}`" : "none");
                text.Append($"| `{setting.Key}` | `{setting.Path}` | {fallback} | {Cell(setting.Allowed)} | {Cell(setting.Description)}{(setting.Secret ? " Secret: never shown." : "")} |\n");
            }
        }
        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("*.", "\\*.", StringComparison.Ordinal);
}
