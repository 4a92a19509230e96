using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

public static partial class VerifyCommand
{
    /// <summary>True for the name of a statement as releases carry it.</summary>
    public static bool IsStatement(string path) => path.EndsWith(".intoto.jsonl", StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks who signed a release's statement, and the files that it speaks of where they lie beside it. Writes the verdict to <paramref name="output"/>.</summary>
    /// <param name="key">A vkey or a file that holds one; default: <c>log/vkey</c> in the data directory, which the output says.</param>
    /// <returns>One of the exit codes; incomplete when a file is not there.</returns>
    public static async Task<int> VerifyStatementAsync(string path, string? key, string dataDirectory, TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(output);
        var vkey = await ReadKeyAsync(key, dataDirectory, output);
        if (Read(path, out var fault) is not { } bytes) return await TellAsync(VerificationResult.Incomplete("statement_missing", fault), output);
        if (vkey.Refused is { } refused) return await TellAsync(refused, output);
        VerifierKey verifier;
        DsseEnvelope envelope;
        try
        {
            verifier = VerifierKey.Parse(vkey.Value);
        }
        catch (FormatException e)
        {
            return await TellAsync(VerificationResult.Incomplete("key_malformed", $"The public key cannot be read: {e.Message}"), output);
        }
        if (!verifier.IsSupported) return await TellAsync(VerificationResult.Incomplete("algorithm_unsupported", "This machine cannot check Ed25519 signatures (OpenSSL 3 is missing)."), output);
        try
        {
            envelope = DsseEnvelope.Parse(bytes);
        }
        catch (FormatException e)
        {
            return await TellAsync(VerificationResult.Invalid("malformed_statement", e.Message), output);
        }
        if (envelope.Check(verifier) is var trust and not NoteTrust.Signed)
            return await TellAsync(VerificationResult.Invalid(trust == NoteTrust.BadSignature ? "signature_invalid" : "unknown_key", $"It is not signed by {DsseEnvelope.KeyIdOf(verifier)}."), output);
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
                await output.WriteLineAsync($"not here: {subject.Sha256}  {Shown(subject.Name)}");
            }
            else if (await ExportFile.Sha256Async(beside, cancellationToken) == subject.Sha256) await output.WriteLineAsync($"same:     {subject.Sha256}  {Shown(subject.Name)}");
            else return await TellAsync(VerificationResult.Invalid("file_differs", $"{Shown(subject.Name)} is not the file that the statement speaks of."), output);
        }
        return await TellAsync(missing == 0
            ? new VerificationResult(Verdict.Valid, "ok", $"signed by {DsseEnvelope.KeyIdOf(verifier)}, and its {statement.Subjects.Count} files are those it speaks of.")
            : VerificationResult.Incomplete("file_missing", $"signed by {DsseEnvelope.KeyIdOf(verifier)}; {missing} of its {statement.Subjects.Count} files are not beside it."), output);
    }

    private static string Shown(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
}
