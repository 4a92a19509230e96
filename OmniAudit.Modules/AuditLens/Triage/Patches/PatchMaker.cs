using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;
using OmniAudit.Modules.AuditLens.Evidence.Text;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Triage.Patches;

/// <summary>
/// Turns a tool's fix into a unified diff that provably applies to the bytes it was made for: positions inside the file, no overlap, old text as the tool saw it, and the diff applied again to
/// the same bytes by another program. Whatever cannot be proven is no patch, with its reason.
/// </summary>
internal static class PatchMaker
{
    /// <summary>Larger files are no matter for a preview.</summary>
    public const int MostBytes = 2 << 20;

    private sealed record Edit(int From, int To, string NewText);

    /// <summary>The first of the finding's fixes that can be proven for this file.</summary>
    /// <param name="path">The file in the repository.</param>
    /// <param name="blob">Its bytes at the run's commit.</param>
    /// <param name="blobSha">What GitHub calls those bytes.</param>
    public static PatchResult Make(EvidenceFinding finding, string path, byte[] blob, string blobSha)
    {
        if (blob.Length > MostBytes) return PatchResult.No("file_too_large", $"{path} has {blob.Length} bytes; patches are made for up to {MostBytes}.");
        var sha = GitBlob.Sha(blob);
        if (sha != blobSha) return PatchResult.No("blob_mismatch", $"GitHub calls the bytes of {path} {blobSha}, and they are {sha}. Ask again.");
        if (SourceText.Of(blob) is not { } source) return PatchResult.No("not_text", $"{path} is not UTF-8 text.");
        NoPatch? first = null;
        foreach (var fix in finding.Fixes)
        {
            var made = Make(fix, path, source, blob, sha);
            if (made.Patch is not null) return made;
            first ??= made.None;
        }
        return first is null ? PatchResult.No("no_fix", "The tool proposes no change for this finding.") : new PatchResult(null, first);
    }

    private static PatchResult Make(FindingFix fix, string path, SourceText source, byte[] blob, string sha)
    {
        if (fix.Edits.Count == 0) return PatchResult.No("no_fix", "The tool's fix changes nothing.");
        if (fix.Edits.Select(e => SourcePath.Normalise(e.File)).Where(f => f.Length > 0).Any(f => f != path)) return PatchResult.No("several_files", "The tool's fix changes several files, and only together; a patch is proven for one.");
        var notes = new List<string>();
        var edits = new List<Edit>();
        foreach (var (edit, number) in fix.Edits.Select((e, i) => (e, i + 1)))
        {
            if (Place(edit, source, notes, out var none) is not { } placed) return PatchResult.No(none!.Code, fix.Edits.Count == 1 ? none.Reason : $"Change {number} of {fix.Edits.Count}: {none.Reason}");
            edits.Add(placed);
        }
        edits = [.. edits.OrderBy(e => e.From).ThenBy(e => e.To)];
        for (var i = 1; i < edits.Count; i++)
            if (edits[i].From < edits[i - 1].To || (edits[i].From == edits[i - 1].From && edits[i].To == edits[i - 1].To)) return PatchResult.No("overlap", "Two changes of the tool's fix touch the same place; which comes first is not said.");

        var text = new StringBuilder(source.Text.Length);
        var at = 0;
        foreach (var edit in edits)
        {
            text.Append(source.Text, at, edit.From - at).Append(edit.NewText);
            at = edit.To;
        }
        var changed = text.Append(source.Text, at, source.Text.Length - at).ToString();
        if (changed == source.Text) return PatchResult.No("no_change", "The file already reads as the tool would have it.");
        if (source.Encode(changed) is not { } bytes) return PatchResult.No("broken_text", "The tool's text holds half a character.");

        var patchedSha = GitBlob.Sha(bytes);
        // The mark is a part of the first line, as in git.
        var mark = bytes.AsSpan().StartsWith("\uFEFF"u8) && !source.Text.StartsWith('\uFEFF') ? "\uFEFF" : "";
        var (diff, hunks, added, removed) = UnifiedDiff.Write(path, mark + source.Text, mark + changed, sha, patchedSha, [.. edits.Select(e => (e.From + mark.Length, e.To - e.From, e.NewText.Length))]);
        SecretRedactor.Redact(diff, out var secrets);
        if (secrets > 0) return PatchResult.No("secret_nearby", "The change stands beside what looks like a secret, which is not shown.");
        try
        {
            if (!DiffApplier.Apply(blob, diff).AsSpan().SequenceEqual(bytes)) return PatchResult.No("not_proven", "The diff, applied to the file again, gave other bytes than the fix.");
        }
        catch (FormatException failure)
        {
            return PatchResult.No("not_proven", $"The diff does not apply to the file again: {failure.Message}");
        }
        return PatchResult.Of(new ProvenPatch(path, diff, sha, patchedSha, hunks, added, removed, fix.Description, [.. notes.Distinct()]));
    }

    private static Edit? Place(FindingEdit edit, SourceText source, List<string> notes, out NoPatch? none)
    {
        none = null;
        if (edit.NewText.Contains("[redacted:", StringComparison.Ordinal)) return Not("redacted", "its text had a secret in it, which was taken out.", out none);
        if (VisibleText.Of(edit.NewText) != edit.NewText) return Not("hidden_characters", "its text has characters that hide or turn what stands around them.", out none);
        int from, to;
        if (edit.Offset is { } offset)
        {
            (from, to) = (offset, offset + Math.Max(0, edit.Length ?? 0));
            if (from < 0 || to < from || to > source.Text.Length || edit.Length < 0) return Not("out_of_range", $"it names the units {offset} to {offset + (edit.Length ?? 0)}, and the file has {source.Text.Length}.", out none);
        }
        else if (edit.Range is { } range)
        {
            var endLine = range.EndLine == 0 ? range.StartLine : range.EndLine;
            var start = source.Offset(range.StartLine, Math.Max(1, range.StartColumn));
            // SARIF: without an end column, to the end of the line.
            var end = range.EndColumn == 0 ? source.End(endLine) : source.Offset(endLine, range.EndColumn);
            if (start is not { } s || end is not { } e || e < s) return Not("out_of_range", $"it names {range.StartLine}:{range.StartColumn} to {endLine}:{range.EndColumn}, which is not in the file at this commit.", out none);
            (from, to) = (s, e);
        }
        else return Not("no_place", "it names no place in the file.", out none);
        if (source.Splits(from) || source.Splits(to)) return Not("splits_character", "it begins or ends inside a character; the tool counts columns another way.", out none);

        var (there, text) = (source.Text[from..to], edit.NewText);
        if (edit.OldText is { } old && old != there)
        {
            if (Plain(old) != Plain(there)) return Not("old_text_differs", "the file at this commit does not read there as the tool saw it.", out none);
            notes.Add("The tool's line ends were taken for the file's.");
        }
        // A tool that writes LF into a file of CRLF would leave it with both.
        if (source.LineEnd == "\r\n" && text.Contains('\n') && text.Replace("\r\n", "", StringComparison.Ordinal).Contains('\n'))
        {
            text = Plain(text).Replace("\n", "\r\n", StringComparison.Ordinal);
            notes.Add("New lines end in CRLF, like the file's.");
        }
        return new Edit(from, to, text);

        static string Plain(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    private static Edit? Not(string code, string reason, out NoPatch none)
    {
        none = new NoPatch(code, char.ToUpperInvariant(reason[0]) + reason[1..]);
        return null;
    }
}
