using OmniAudit.Modules.ReleaseButler.Notes;

namespace OmniAudit.Web.Components.ReleaseNotes;

/// <summary>What notes are called on pages.</summary>
internal static class NotesWords
{
    public static string Range(NotesSummary notes) => notes.From is { } from ? $"{from} to {notes.To}" : $"latest commits of {notes.To}";

    public static string Reason(string reason) => reason switch
    {
        "merge_commit" => "a merge without changes of its own",
        _ when reason.StartsWith("label:", StringComparison.Ordinal) => $"release.yml excludes the label {reason["label:".Length..]}",
        _ when reason.StartsWith("author:", StringComparison.Ordinal) => $"release.yml excludes the author {reason["author:".Length..]}",
        _ => reason,
    };

    public static string Short(string sha) => sha.Length > 7 ? sha[..7] : sha;
}
