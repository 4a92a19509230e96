using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Import;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.AdminOps.Ingest;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Import;

/// <summary>Files of every form that exports have.</summary>
public sealed class EventImportTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Day = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    private Task<ImportReport> ImportAsync(byte[] content, string? source = null, string tenant = "", Actor? by = null) =>
        _app.Get<EventImport>().ImportAsync("/tmp/export.json", new DripStream(content), source, tenant, by ?? TestApp.Approver, null, CancellationToken.None);

    private Task<ImportReport> ImportAsync(string content, string? source = null, string tenant = "") => ImportAsync(Encoding.UTF8.GetBytes(content), source, tenant);

    private Task<List<EventRow>> StoredAsync() => _app.Get<Database>().ReadAsync(db => db.Set<EventRow>().OrderBy(e => e.EventId).ToListAsync(), CancellationToken.None);

    private static List<string> Records(string source, int count) => new StandInEvents(3, MicrosoftStandIn.Tenant).Make(source, count, Day, Day.AddDays(1)).ConvertAll(e => e.Json);

    public static TheoryData<string> Forms => ["array", "pretty array", "page", "pages, one a line", "ndjson", "ndjson with CRLF and BOM", "one after another", "utf-16", "page with its link after the list"];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Json_InAnyForm_IsReadRecordByRecord(string form)
    {
        var records = Records(EventSources.Directory, 30);
        var all = string.Join(",", records);
        var content = form switch
        {
            "array" => Encoding.UTF8.GetBytes($"[{all}]"),
            "pretty array" => Encoding.UTF8.GetBytes($"[\r\n  {string.Join(",\r\n  ", records)}\r\n]\r\n"),
            "page" => Encoding.UTF8.GetBytes($$"""{"@odata.context":"x [ { \"value\":[","other":{"value":[1,{"a":2}]},"value":[{{all}}]}"""),
            "page with its link after the list" => Encoding.UTF8.GetBytes($$$"""{"value":[{{{all}}}],"@odata.nextLink":"https://x/?a={1}","more":{"value":[]}}"""),
            "pages, one a line" => Encoding.UTF8.GetBytes(string.Join('\n', records.Chunk(10).Select(c => $$"""{"value":[{{string.Join(",", c)}}]}"""))),
            "ndjson" => Encoding.UTF8.GetBytes(string.Join('\n', records)),
            "ndjson with CRLF and BOM" => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(string.Join("\r\n", records) + "\r\n\r\n")],
            "utf-16" => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes($"[{all}]")],
            _ => Encoding.UTF8.GetBytes(string.Concat(records)),
        };
        var report = await ImportAsync(content);
        Assert.Equal((30, 30, 0, 0), (report.Read, report.Stored, report.Duplicates, report.Refused));
        Assert.Equal(new Dictionary<string, long> { ["directory"] = 30 }, report.Sources);
        Assert.Equal("export.json", report.Name);
        var raw = await _app.Get<Database>().ReadAsync(db => db.Set<EventRawRow>().Select(r => r.Sha256).ToListAsync(), CancellationToken.None);
        Assert.Equal(records.Select(r => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(r)))).Order(), raw.Select(Convert.ToHexString).Order());
        Assert.Equal((0, 30), ((await ImportAsync(content)).Stored, (await StoredAsync()).Count));
    }

    [Fact]
    public async Task Json_OfAllSources_IsToldApartByItsFields()
    {
        var records = EventSources.All.Take(4).SelectMany(s => Records(s, 5)).Append("""{"id":"r","riskEventType":"leakedCredentials","riskLevel":"high","detectedDateTime":"2026-03-01T01:00:00Z"}""");
        var report = await ImportAsync(string.Join('\n', records));
        Assert.Equal(new Dictionary<string, long> { ["directory"] = 5, ["signin"] = 5, ["intune"] = 5, ["unified"] = 5, ["risk"] = 1 }.OrderBy(s => s.Key), report.Sources.OrderBy(s => s.Key));
    }

    [Fact]
    public async Task Json_BrokenLines_AreToldByNumberAndTheOthersStored()
    {
        var good = Records(EventSources.Intune, 3);
        var report = await ImportAsync($"{good[0]}\n{{\"id\":\"cut off\n{good[1]}\nnot json at all\n{{\"hello\":1}}\n{good[2]}\n{{\"id\":");
        Assert.Equal((3, 4), (report.Stored, report.Refused));
        Assert.Equal([2, 4, 5, 7], report.Problems.Select(p => p.Line));
        Assert.All(report.Problems, p => Assert.NotEmpty(p.Why));
    }

    [Fact]
    public async Task PurviewCsv_ItsAuditDataIsTheRecord()
    {
        var records = Records(EventSources.Unified, 12);
        var csv = "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits\r\n"
            + string.Concat(records.Select((r, i) => $"{i},2026-03-01T00:00:00.0000000Z,6,X,\"a, b\",\"{r.Replace("\"", "\"\"", StringComparison.Ordinal)}\",\r\n")) + "13,x,6,X,a,,\r\n";
        var report = await ImportAsync(csv);
        Assert.Equal((12, 1), (report.Stored, report.Refused));
        Assert.Equal(14, report.Problems.Single().Line);
        Assert.All(await StoredAsync(), e => Assert.Equal((EventSources.Unified, MicrosoftStandIn.Tenant), (e.Source, e.Tenant)));
    }

    [Fact]
    public async Task EntraCsv_OfSignInsAndOfTheDirectory_IsReadLikeGraphs()
    {
        await ImportAsync("Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,Application,Application ID ,Resource,IP address,Location,Status,Sign-in error code,Failure reason,Client app\n" +
            "2026-03-01T10:00:00Z,req-1,\"Mozilla; x\",c-1,u-1,Bob,bob@contoso.example,Outlook,app-1,Exchange,198.51.100.7,\"Berlin, Berlin, DE\",Failure,50126,Invalid username,IMAP4\n");
        await ImportAsync("\uFEFFDate (UTC);CorrelationId;Service;Category;Activity;Result;ResultReason;ActorType;ActorDisplayName;ActorObjectId;ActorUserPrincipalName;IPAddress;Target1Type;Target1DisplayName;Target1ObjectId;Target1ModifiedProperty1Name;Target1ModifiedProperty1OldValue;Target1ModifiedProperty1NewValue\n" +
            "3/1/2026 11:00:00 AM;c-2;Core Directory;UserManagement;Update user;success;;User;Ada;u-2;ada@contoso.example;203.0.113.5;User;Bob;t-1;Department;\"\"\"Sales\"\"\";\"\"\"IT\"\"\"\n");
        var (signIn, change) = ((await StoredAsync())[0], (await StoredAsync())[1]);
        Assert.Equal(("signin", "req-1", EventOutcome.Failure, "50126", "bob@contoso.example", "198.51.100.7", "Berlin, DE"), (signIn.Source, signIn.SourceId, signIn.Outcome, signIn.ResultRaw, signIn.ActorUpn, signIn.Ip, signIn.Geo));
        Assert.Equal(("directory", "Core Directory", "Update user", EventOutcome.Success, "ada@contoso.example"), (change.Source, change.Service, change.Operation, change.Outcome, change.ActorUpn));
        Assert.Contains("\"Sales\"", change.Details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello\nworld\n", 1)]
    [InlineData("a,b\n1,\"never ends", 1)]
    [InlineData("", 0)]
    [InlineData("[]", 0)]
    public async Task File_OfNoKnownForm_IsRefusedInWords(string content, int refused)
    {
        var report = await ImportAsync(content);
        Assert.Equal((0, refused), (report.Stored, report.Refused));
    }

    [Fact]
    public async Task Import_LeavesARowInTheLedgerAndIsForOperators()
    {
        await ImportAsync(string.Join('\n', Records(EventSources.Intune, 2)), tenant: "T-1");
        var row = await _app.Get<Database>().ReadAsync(db => db.Set<CoverageRow>().SingleAsync(), CancellationToken.None);
        Assert.Equal(("import", "intune", "export.json", 2, TestApp.Approver.Subject, "fetched"), (row.Kind, row.Source, row.Name, row.Stored, row.By, row.State));
        Assert.All(await StoredAsync(), e => Assert.Equal("t-1", e.Tenant));
        var viewer = await _app.AddPersonAsync(new Actor(ActorKind.Person, "person:opr_view", "Vi"), role: Role.Viewer);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => ImportAsync("[]"u8.ToArray(), by: viewer));
        Assert.StartsWith("source:", (await Assert.ThrowsAsync<IdentityRefusedException>(() => ImportAsync("[]", "exchange"))).Message, StringComparison.Ordinal);
        Assert.StartsWith("tenant:", (await Assert.ThrowsAsync<IdentityRefusedException>(() => ImportAsync("[]", tenant: "a b"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_ThatBreaksOff_LeavesTheBatchesBeforeAndIsTakenUpByTheSameFile()
    {
        var records = Records(EventSources.Intune, 1200);
        var content = Encoding.UTF8.GetBytes(string.Join('\n', records));
        await using var broken = new HookedStream(content, content.Length - 10, () => throw new IOException("gone"));
        await Assert.ThrowsAsync<IOException>(() => _app.Get<EventImport>().ImportAsync("a.json", broken, null, "", TestApp.Approver, null, default));
        Assert.Equal(2 * EventStore.Batch, (await StoredAsync()).Count);
        var report = await ImportAsync(content);
        Assert.Equal((200, 1000, 1200), (report.Stored, report.Duplicates, (await StoredAsync()).Count));
    }

    [Fact]
    public async Task Store_ThatFailsWhileTheNextBatchIsRead_EndsTheImportWithItsReason()
    {
        var content = Encoding.UTF8.GetBytes(string.Join('\n', Records(EventSources.Intune, 1800)));
        // Two thirds of the file: two batches are stored or just being stored, the third one is being read.
        await using var hooked = new HookedStream(content, content.Length * 2 / 3, async () =>
        {
            await Eventually.TrueAsync(async () => (await StoredAsync()).Count >= 2 * EventStore.Batch, "two batches are stored");
            await _app.Get<Database>().WriteAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE audit_event_arrivals RENAME TO away"), default);
        });
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => _app.Get<EventImport>().ImportAsync("a.json", hooked, null, "", TestApp.Approver, null, default));
        Assert.Equal(2 * EventStore.Batch, (await StoredAsync()).Count);
        Assert.Empty(await _app.Get<Database>().ReadAsync(db => db.Set<CoverageRow>().ToListAsync(), default));
    }

    /// <summary>Gives few bytes at a time: records lie across reads.</summary>
    private sealed class DripStream(byte[] content) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(buffer.Length, 61)], cancellationToken);
    }

    /// <summary>Does something before it gives what lies behind a place.</summary>
    private sealed class HookedStream(byte[] content, long place, Func<Task> hook) : MemoryStream(content)
    {
        private Func<Task>? _hook = hook;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < place) return await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, place - Position)], cancellationToken);
            if (_hook is { } once)
            {
                _hook = null;
                await once();
            }
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }
}
