using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Receipts;

/// <summary>A data directory with a real SQLite file, in which logs can be opened, closed, copied and tampered with.</summary>
internal sealed class ReceiptStore : IDisposable
{
    public const string Hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private readonly string _directory = Directory.CreateTempSubdirectory("omniaudit-receipts-").FullName;
    private readonly List<IDisposable> _opened = [];

    public ReceiptStore(string origin = "omniaudit.example/test")
    {
        Options = new OmniAuditOptions { Data = _directory };
        Options.Receipts.Origin = origin;
        Options.Secrets.MasterKeyFile = Path.Combine(_directory, "master.key");
        TestDatabase.AssignAsync(Options).GetAwaiter().GetResult();
        var contexts = TestDatabase.IsSqlite ? new Factory(DatabasePath) : StorageSetup.Contexts(Options);
        Database = new Database(contexts);
        using var db = contexts.CreateDbContext();
        db.Database.Migrate();
    }

    public OmniAuditOptions Options { get; }
    public Database Database { get; }
    public ChangeFeed Changes { get; } = new();
    public string DatabasePath => Path.Combine(_directory, "omniaudit.db");
    public string CheckpointPath => Path.Combine(_directory, "log", "checkpoint");
    public string VkeyPath => Path.Combine(_directory, "log", "vkey");
    public string PathOf(string name) => Path.Combine(_directory, name);

    /// <summary>As a freshly started process has it: not yet opened.</summary>
    public ReceiptLog NewLog()
    {
        var log = new ReceiptLog(Database, new SecretVault(Database, Options), Options, Changes, TimeProvider.System);
        _opened.Add(log);
        return log;
    }

    public async Task<ReceiptLog> OpenAsync()
    {
        var log = NewLog();
        await log.OpenAsync(CancellationToken.None);
        return log;
    }

    public ReceiptQueries Queries(ReceiptLog log, int searchDepth = ReceiptQueries.SearchDepth) => new(Database, log, Options, searchDepth);

    /// <summary>Appends one transaction per receipt and publishes each.</summary>
    public async Task<List<AppendedReceipt>> AppendAsync(ReceiptLog log, int count, string operation = "apr_")
    {
        var receipts = new List<AppendedReceipt>();
        for (var i = 0; i < count; i++)
        {
            var entry = Entry(operation == "apr_" ? $"apr_{i}" : operation);
            receipts.Add(await Database.WriteAsync(db => log.AppendAsync(db, entry, CancellationToken.None), CancellationToken.None));
            await log.PublishAsync(CancellationToken.None);
        }
        return receipts;
    }

    public static ReceiptEntry Entry(string operation, string kind = ReceiptKind.Decision, string tool = "auditlens.create_issue", string target = "octo/repo") => new()
    {
        OperationId = operation,
        Kind = kind,
        Tool = tool,
        Target = target,
        PayloadSha256 = Hash,
        PolicySha256 = Hash,
        Requester = "agent:agt_1",
        Decision = "approved",
        DecidedBy = "person:opr_1",
        State = "approved",
    };

    public async Task<VerificationResult> VerifyLogAsync(string? vkey = null)
    {
        var key = VerifierKey.Parse(vkey ?? File.ReadAllText(VkeyPath).TrimEnd());
        var published = File.Exists(CheckpointPath) ? File.ReadAllText(CheckpointPath) : null;
        return await Database.ReadAsync(db => new LogVerifier(db, key).VerifyAsync(published, CancellationToken.None), CancellationToken.None);
    }

    /// <summary>What someone with access to the database file can do.</summary>
    public async Task TamperAsync(string sql)
    {
        if (!TestDatabase.IsSqlite)
        {
            await TestDatabase.ExecuteAsync(Options, sql);
            return;
        }
        await using var db = new Factory(DatabasePath).CreateDbContext();
#pragma warning disable EF1002 // Fixed statements of the tests.
        await db.Database.ExecuteSqlRawAsync(sql);
#pragma warning restore EF1002
    }

    public string CopyDatabase()
    {
        var copy = PathOf(Guid.NewGuid().ToString("n") + ".copy");
        if (TestDatabase.IsSqlite) File.Copy(DatabasePath, copy);
        else
        {
            TestDatabase.ClosePool(Options);
            TestDatabase.CopyAsync(_directory, copy).GetAwaiter().GetResult();
        }
        return copy;
    }

    public void RestoreDatabase(string copy)
    {
        if (!TestDatabase.IsSqlite)
        {
            TestDatabase.ClosePool(Options);
            TestDatabase.DropAsync(_directory).GetAwaiter().GetResult();
            TestDatabase.CopyAsync(copy, _directory).GetAwaiter().GetResult();
            return;
        }
        foreach (var rest in new[] { "-wal", "-shm" }) File.Delete(DatabasePath + rest);
        File.Copy(copy, DatabasePath, overwrite: true);
    }

    public void Dispose()
    {
        foreach (var log in _opened) log.Dispose();
        Database.Dispose();
        if (!TestDatabase.IsSqlite)
        {
            TestDatabase.ClosePool(Options);
            TestDatabase.DropAsync(_directory).GetAwaiter().GetResult();
        }
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class Factory(string path) : IDbContextFactory<OmniAuditDb>
    {
        // Without pooling the last connection's close folds the write-ahead log into the file, which can then be copied.
        public OmniAuditDb CreateDbContext() =>
            new(new DbContextOptionsBuilder<OmniAuditDb>().UseSqlite($"Data Source={path};Pooling=False;Default Timeout=30").Options);
    }
}
