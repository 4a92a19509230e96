using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Settings;

/// <summary>The names of agents and operators: they stand in logs, receipts and commands, so they are plain and short.</summary>
internal static partial class NameRule
{
    public const string Allowed = "1 to 64 of a-z 0-9 . _ - beginning with a letter or digit";

    public static bool Accepts(string name) => Pattern().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
