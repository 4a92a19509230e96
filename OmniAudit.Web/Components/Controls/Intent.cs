namespace OmniAudit.Web.Components.Controls;

/// <summary>A deed in a tool's own words ("Create the release …"), fitted to where it stands.</summary>
internal static class Intent
{
    /// <summary>After "wants to". A name that begins with capitals keeps them.</summary>
    public static string InSentence(string intent) =>
        intent.Length > 1 && char.IsAsciiLetterUpper(intent[0]) && !char.IsAsciiLetterUpper(intent[1]) ? char.ToLowerInvariant(intent[0]) + intent[1..] : intent;

    /// <summary>The deed in a few words, for a button: "create issue". From the tool's name and not its sentence, in which an agent's words stand.</summary>
    public static string Verb(string tool) => tool[(tool.IndexOf('.', StringComparison.Ordinal) + 1)..].Replace('_', ' ');

    /// <summary>At the start of a line.</summary>
    public static string AsTitle(string intent) =>
        intent.Length > 0 && char.IsAsciiLetterLower(intent[0]) ? char.ToUpperInvariant(intent[0]) + intent[1..] : intent;
}
