using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// The <c>verify</c> verb: checks a downloaded receipt, an exported bundle, a release's statement, or the whole local log, without the server and without network.
/// Exit codes: 0 valid, 1 invalid, 2 incomplete (a file, the key or the log is missing or unreadable), 64 wrong usage.
/// </summary>
public static partial class VerifyCommand
{
    /// <summary>What was checked holds.</summary>
    public const int ExitValid = 0;
    /// <summary>Something was changed or forged.</summary>
    public const int ExitInvalid = 1;
    /// <summary>Something needed for the check is missing or unreadable.</summary>
    public const int ExitIncomplete = 2;
    /// <summary>The arguments are wrong (sysexits.h, EX_USAGE).</summary>
    public const int ExitUsage = 64;

    private const string Usage = """
        usage: verify RECEIPT.json [RECEIPT.tlog-proof] [--key VKEY|FILE] [--keys FILE]
               verify BUNDLE.zip [--key VKEY|FILE] [--keys FILE]
               verify RELEASE.intoto.jsonl [--key VKEY|FILE] [--keys FILE]
               verify --log [--key VKEY|FILE]
        exit codes: 0 valid, 1 invalid, 2 incomplete, 64 usage
        """;

    /// <summary>Runs the verb with its own arguments (without the word <c>verify</c>).</summary>
    /// <param name="dataDirectory">Where the default key and the default database are.</param>
    /// <param name="connectionString">The database for <c>--log</c>; empty for <c>omniaudit.db</c> in the data directory.</param>
    /// <param name="provider">Its kind: <see cref="DatabaseOptions.Provider"/>.</param>
    public static Task<int> RunAsync(
        string[] args, string dataDirectory, string connectionString, TextWriter output, TextWriter error, CancellationToken cancellationToken, string provider = DatabaseOptions.Sqlite)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(error);
        var (files, key, keys, log) = (new List<string>(), (string?)null, (string?)null, false);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--log") log = true;
            else if (args[i] == "--key" && i + 1 < args.Length && key is null) key = args[++i];
            else if (args[i] == "--keys" && i + 1 < args.Length && keys is null) keys = args[++i];
            else if (!args[i].StartsWith('-')) files.Add(args[i]);
            else return WrongAsync();
        }
        if (log) return files.Count == 0 && keys is null ? VerifyLogAsync(dataDirectory, connectionString, key, output, cancellationToken, provider) : WrongAsync();
        if (files.Count == 1 && IsStatement(files[0])) return VerifyStatementAsync(files[0], key, dataDirectory, output, cancellationToken, keys);
        if (files.Count == 1 && IsBundle(files[0])) return VerifyBundleAsync(files[0], key, dataDirectory, output, keys);
        return files.Count is 1 or 2 ? VerifyReceiptFilesAsync(files[0], files.ElementAtOrDefault(1), key, dataDirectory, output, keys) : WrongAsync();

        async Task<int> WrongAsync()
        {
            await error.WriteLineAsync(Usage);
            return ExitUsage;
        }
    }

    /// <summary>Checks one downloaded receipt and writes the verdict to <paramref name="output"/>.</summary>
    /// <param name="proofPath">Default: the receipt's path with the ending <c>.tlog-proof</c>.</param>
    /// <param name="key">A vkey or a file that holds one; default: <c>log/vkey</c> in the data directory, which the output says.</param>
    /// <param name="keys">A file with the list of the log's keys; default: <c>log/vkeys</c> in the data directory where there is one. It need not be trusted.</param>
    /// <returns>One of the exit codes.</returns>
    public static async Task<int> VerifyReceiptFilesAsync(string receiptPath, string? proofPath, string? key, string dataDirectory, TextWriter output, string? keys = null)
    {
        ArgumentNullException.ThrowIfNull(receiptPath);
        ArgumentNullException.ThrowIfNull(output);
        proofPath ??= Path.ChangeExtension(receiptPath, ".tlog-proof");
        var vkey = await ReadKeyAsync(key, dataDirectory, output);
        var receipt = Read(receiptPath, out var receiptFault);
        var proof = Read(proofPath, out var proofFault);
        if (receipt is null) return await TellAsync(VerificationResult.Incomplete("receipt_missing", receiptFault), output);
        if (proof is null) return await TellAsync(VerificationResult.Incomplete("proof_missing", proofFault), output);
        if (vkey.Refused is { } refused) return await TellAsync(refused, output);
        var list = ReadKeyList(keys, dataDirectory);
        if (list.Refused is { } unread) return await TellAsync(unread, output);
        try
        {
            return await TellAsync(OfflineVerifier.VerifyReceipt(receipt, NoteEncoding.Text(proof), vkey.Value, list.Value), output);
        }
        catch (FormatException e)
        {
            return await TellAsync(VerificationResult.Invalid("malformed_proof", $"The proof is not a proof file: {e.Message}"), output);
        }
    }

    /// <summary>True for the name of a bundle that <see cref="ReceiptExport"/> writes.</summary>
    public static bool IsBundle(string path) => path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks an exported bundle and writes the verdict to <paramref name="output"/>.</summary>
    /// <param name="key">A vkey or a file that holds one; default: <c>log/vkey</c> in the data directory, which the output says.</param>
    /// <param name="keys">A file with the list of the log's keys, for a bundle without one; default: <c>log/vkeys</c> in the data directory where there is one.</param>
    /// <returns>One of the exit codes.</returns>
    public static async Task<int> VerifyBundleAsync(string path, string? key, string dataDirectory, TextWriter output, string? keys = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(output);
        var vkey = await ReadKeyAsync(key, dataDirectory, output);
        if (vkey.Refused is { } refused) return await TellAsync(refused, output);
        var list = ReadKeyList(keys, dataDirectory);
        if (list.Refused is { } unread) return await TellAsync(unread, output);
        try
        {
            await using var file = ExportFile.OpenRead(path);
            return await TellAsync(file is null ? VerificationResult.Incomplete("bundle_missing", $"There is no file {path}.") : BundleVerifier.Verify(file, vkey.Value, list.Value), output);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await TellAsync(VerificationResult.Incomplete("bundle_missing", $"{path} cannot be read: {e.Message}"), output);
        }
    }

    /// <summary>Checks every receipt, hash and checkpoint of a local log against its key and the checkpoint outside the database. A server may be running.</summary>
    /// <param name="connectionString">An ADO.NET connection string; empty for the SQLite file <c>omniaudit.db</c> in the data directory. A file is opened for reading only.</param>
    /// <param name="provider">Its kind: <see cref="DatabaseOptions.Provider"/>.</param>
    /// <param name="key">A vkey or a file that holds one; default: <c>log/vkey</c> in the data directory.</param>
    /// <returns>One of the exit codes.</returns>
    public static async Task<int> VerifyLogAsync(
        string dataDirectory, string connectionString, string? key, TextWriter output, CancellationToken cancellationToken, string provider = DatabaseOptions.Sqlite)
    {
        ArgumentNullException.ThrowIfNull(output);
        var vkey = await ReadKeyAsync(key, dataDirectory, output);
        if (vkey.Refused is { } refused) return await TellAsync(refused, output);
        VerifierKey verifier;
        try
        {
            verifier = VerifierKey.Parse(vkey.Value);
        }
        catch (FormatException e)
        {
            return await TellAsync(VerificationResult.Incomplete("key_malformed", $"The public key cannot be read: {e.Message}"), output);
        }
        if (provider != DatabaseOptions.Sqlite)
        {
            var options = new OmniAuditOptions { Data = dataDirectory, Database = { Provider = provider, ConnectionString = connectionString } };
            return await VerifyLogAsync(StorageSetup.Contexts(options), dataDirectory, verifier, $"the {provider} database", output, cancellationToken);
        }
        var connection = new SqliteConnectionStringBuilder(connectionString) { Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        connection.DataSource = Path.GetFullPath(connection.DataSource is { Length: > 0 } source ? source : "omniaudit.db", Path.GetFullPath(dataDirectory));
        if (!Path.Exists(connection.DataSource)) return await TellAsync(VerificationResult.Incomplete("log_missing", $"There is no database {connection.DataSource}."), output);
        var readOnly = new OmniAuditOptions { Data = dataDirectory, Database = { ConnectionString = connection.ConnectionString } };
        return await VerifyLogAsync(StorageSetup.Contexts(readOnly), dataDirectory, verifier, connection.DataSource, output, cancellationToken);
    }

    private static async Task<int> VerifyLogAsync(IDbContextFactory<OmniAuditDb> contexts, string dataDirectory, VerifierKey verifier, string where, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            var published = new LogFiles(dataDirectory).ReadCheckpointText();
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            return await TellAsync(await new LogVerifier(db, verifier).VerifyAsync(published, cancellationToken), output);
        }
        catch (Exception e) when (e is DbException or IOException or UnauthorizedAccessException or InvalidOperationException { InnerException: DbException } or System.Net.Sockets.SocketException)
        {
            return await TellAsync(VerificationResult.Incomplete("log_unreadable", $"The log in {where} cannot be read: {e.Message}"), output);
        }
    }

    private static async Task<(string Value, VerificationResult? Refused)> ReadKeyAsync(string? key, string dataDirectory, TextWriter output)
    {
        // A plus sign may also stand in a file's name: what is a file is read as one.
        if (key is not null && key.Contains('+', StringComparison.Ordinal) && !Path.Exists(key)) return (key, null);
        var path = key ?? new LogFiles(dataDirectory).VkeyPath;
        if (key is null) await output.WriteLineAsync($"key: {path} (this server's own; give --key to check against one that you hold yourself)");
        var bytes = Read(path, out var fault);
        if (bytes is null) return ("", VerificationResult.Incomplete("key_missing", fault));
        try
        {
            return (NoteEncoding.Text(bytes).TrimEnd('\n'), null);
        }
        catch (FormatException e)
        {
            return ("", VerificationResult.Incomplete("key_malformed", $"{path} does not hold a public key: {e.Message}"));
        }
    }

    /// <summary>Without a list there may be no need for one; one that was named must be there.</summary>
    private static (string? Value, VerificationResult? Refused) ReadKeyList(string? keys, string dataDirectory)
    {
        var path = keys ?? new LogFiles(dataDirectory).KeysPath;
        if (keys is null && !Path.Exists(path)) return (null, null);
        if (Read(path, out var fault) is not { } bytes) return (null, VerificationResult.Incomplete("key_missing", fault));
        try
        {
            return (NoteEncoding.Text(bytes), null);
        }
        catch (FormatException e)
        {
            return (null, VerificationResult.Incomplete("key_malformed", $"{path} does not hold a list of keys: {e.Message}"));
        }
    }

    private static byte[]? Read(string path, out string fault)
    {
        fault = $"There is no file {path}.";
        try
        {
            return AtomicFile.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"{path} cannot be read: {e.Message}";
            return null;
        }
    }

    private static async Task<int> TellAsync(VerificationResult result, TextWriter output)
    {
        var (word, code) = result.Verdict switch
        {
            Verdict.Valid => ("VALID", ExitValid),
            Verdict.Invalid => ("INVALID", ExitInvalid),
            _ => ("INCOMPLETE", ExitIncomplete),
        };
        await output.WriteLineAsync(result.Verdict == Verdict.Valid ? $"{word}: {result.Message}" : $"{word} ({result.Reason}): {result.Message}");
        return code;
    }
}
