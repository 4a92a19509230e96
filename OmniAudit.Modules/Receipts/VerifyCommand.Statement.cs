using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

public static partial class VerifyCommand
{
    /// <summary>True for the name of a statement as releases carry it.</summary>
    public static bool IsStatement(string path) => path.EndsWith(".intoto.jsonl", StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks who signed a release's statement, and the files that it speaks of where they lie beside it. Writes the verdict to <paramref name="output"/>.</summary>
    /// <param name="key">A vkey or a file that holds one; default: <c>log/vkey</c> in the data directory, which the output says.</param>
    /// <param name="keys">A file with the list of the log's keys; default: <c>log/vkeys</c> in the data directory where there is one.</param>
    /// <returns>One of the exit codes; incomplete when a file is not there.</returns>
    public static async Task<int> VerifyStatementAsync(string path, string? key, string dataDirectory, TextWriter output, CancellationToken cancellationToken, string? keys = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(output);
        var vkey = await ReadKeyAsync(key, dataDirectory, output);
        if (Read(path, out var fault) is not { } bytes) return await TellAsync(VerificationResult.Incomplete("statement_missing", fault), output);
        if (vkey.Refused is { } refused) return await TellAsync(refused, output);
        var list = ReadKeyList(keys, dataDirectory);
        if (list.Refused is { } unread) return await TellAsync(unread, output);
        if (OfflineVerifier.ReadKeys(vkey.Value, list.Value, out var known) is { } unusable) return await TellAsync(unusable, output);
        DsseEnvelope envelope;
        try
        {
            envelope = DsseEnvelope.Parse(bytes);
        }
        catch (FormatException e)
        {
            return await TellAsync(VerificationResult.Invalid("malformed_statement", e.Message), output);
        }
        // A statement says nothing about the log's size: any key that the log has had may have signed it.
        var verifier = known!.Spans.Select(s => s.Key).FirstOrDefault(k => envelope.Check(k) == NoteTrust.Signed);
        if (verifier is null)
        {
            var named = known.Spans.Any(s => envelope.Check(s.Key) == NoteTrust.BadSignature);
            return await TellAsync(VerificationResult.Invalid(named ? "signature_invalid" : "unknown_key", $"It is not signed by {DsseEnvelope.KeyIdOf(known.Anchor)}{(known.Spans.Count > 1 ? ", nor by another key that this log has had" : "")}."), output);
        }
        if (envelope.PayloadType != DsseEnvelope.InToto || InTotoStatement.Read(envelope.Payload) is not { Subjects.Count: > 0 } statement)
            return await TellAsync(VerificationResult.Invalid("malformed_statement", "What is signed is no in-toto statement about files."), output);
        var missing = 0;
        foreach (var subject in statement.Subjects)
        {
            // Names come from outside: only a file right beside the statement is looked at.
            var beside = Path.GetFileName(subject.Name) == subject.Name ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, subject.Name) : null;
            if (beside is null || !ExportFile.Exists(beside))
            {
                missing++;
                await output.WriteLineAsync($"not here: {subject.Sha256}  {BundleVerifier.Shown(subject.Name)}");
            }
            else if (await ExportFile.Sha256Async(beside, cancellationToken) == subject.Sha256) await output.WriteLineAsync($"same:     {subject.Sha256}  {BundleVerifier.Shown(subject.Name)}");
            else return await TellAsync(VerificationResult.Invalid("file_differs", $"{BundleVerifier.Shown(subject.Name)} is not the file that the statement speaks of."), output);
        }
        return await TellAsync(missing == 0
            ? new VerificationResult(Verdict.Valid, "ok", $"signed by {DsseEnvelope.KeyIdOf(verifier)}, and its {statement.Subjects.Count} files are those it speaks of.")
            : VerificationResult.Incomplete("file_missing", $"signed by {DsseEnvelope.KeyIdOf(verifier)}; {missing} of its {statement.Subjects.Count} files are not beside it."), output);
    }
}
