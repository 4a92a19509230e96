using System.Text;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

public class ReceiptQueriesTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task List_PageByPage_GivesEveryReceiptOnceNewestFirst()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 7);
        var queries = store.Queries(log);
        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = await queries.ListAsync(new ReceiptFilter(), cursor, 3, None);
            seen.AddRange(page.Items.Select(i => i.Index));
            if (cursor is null) await store.AppendAsync(log, 1, "apr_meanwhile");
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal([6, 5, 4, 3, 2, 1, 0], seen);
        await Assert.ThrowsAsync<FormatException>(() => queries.ListAsync(new ReceiptFilter(), "-1", 3, None));
    }

    [Fact]
    public async Task List_WithFilters_GivesOnlyWhatMatchesAll()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        ReceiptEntry[] entries =
        [
            ReceiptStore.Entry("apr_1"),
            ReceiptStore.Entry("apr_1", ReceiptKind.Outcome) with { State = "executed" },
            ReceiptStore.Entry("apr_2", tool: "releasebutler.create_release", target: "octo/100%_done"),
            ReceiptStore.Entry("apr_3") with { State = "expired", DecidedBy = "" },
        ];
        foreach (var entry in entries) await store.Database.WriteAsync(db => log.AppendAsync(db, entry, None), None);
        var queries = store.Queries(log);
        async Task Finds(ReceiptFilter filter, params long[] expected) => Assert.Equal(expected, (await queries.ListAsync(filter, null, 50, None)).Items.Select(i => i.Index));

        await Finds(new ReceiptFilter(ApprovalId: "apr_1"), 1, 0);
        await Finds(new ReceiptFilter(Tool: "releasebutler.create_release"), 2);
        await Finds(new ReceiptFilter(ApprovalId: "apr_1", Kind: ReceiptKind.Outcome), 1);
        await Finds(new ReceiptFilter(State: "expired"), 3);
        await Finds(new ReceiptFilter(Text: "100%_D"), 2);
        await Finds(new ReceiptFilter(Text: "1%0"));
        await Finds(new ReceiptFilter(Text: " RELEASEbutler "), 2);
        await Finds(new ReceiptFilter(Tool: "auditlens.create_issue", Text: "release"));
    }

    [Fact]
    public async Task List_ByPeople_FindsRequestersAndEveryOneOfTheDeciders()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        ReceiptEntry[] entries =
        [
            ReceiptStore.Entry("apr_1"),
            ReceiptStore.Entry("apr_2") with { Requester = "agent:agt_2", DecidedBy = "person:opr_2,person:opr_1" },
            ReceiptStore.Entry("apr_3") with { Requester = "agent:agt_2", DecidedBy = "rule:std_1" },
            ReceiptStore.Entry("apr_4") with { Requester = "agent:agt_2", DecidedBy = "person:opr_11" },
        ];
        foreach (var entry in entries) await store.Database.WriteAsync(db => log.AppendAsync(db, entry, None), None);
        var queries = store.Queries(log);
        async Task Finds(ReceiptFilter filter, params long[] expected) => Assert.Equal(expected, (await queries.ListAsync(filter, null, 50, None)).Items.Select(i => i.Index));

        await Finds(new ReceiptFilter(People: ["person:opr_1"]), 1, 0);
        await Finds(new ReceiptFilter(People: ["agent:agt_1", "rule:std_1"]), 2, 0);
        await Finds(new ReceiptFilter(People: []));
        await Finds(new ReceiptFilter(Text: "Ada", TextPeople: ["person:opr_11"]), 3);
        await Finds(new ReceiptFilter(Text: "apr_1", TextPeople: ["person:opr_11"]), 3, 0);
        await Finds(new ReceiptFilter(Text: "apr_1", People: ["agent:agt_2"]));
    }

    [Fact]
    public async Task List_SearchWithoutAnIndex_StopsAtItsBoundAndSaysWhere()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 1, "apr_first");
        await store.AppendAsync(log, 9, "apr_later");
        var queries = store.Queries(log, searchDepth: 4);
        Task<ReceiptPage> Find(ReceiptFilter filter, string? cursor = null) => queries.ListAsync(filter, cursor, 50, None);

        var page = await Find(new ReceiptFilter(Text: "first"));
        Assert.Equal((0, "6", 6L), (page.Items.Count, page.NextCursor, page.LookedBackTo));
        page = await Find(new ReceiptFilter(Text: "first"), page.NextCursor);
        Assert.Equal((0, "2", 2L), (page.Items.Count, page.NextCursor, page.LookedBackTo));
        page = await Find(new ReceiptFilter(Text: "first"), page.NextCursor);
        Assert.Equal((1, null, null), (page.Items.Count, page.NextCursor, page.LookedBackTo));
        foreach (var filter in new[] { new ReceiptFilter(People: ["x"]), new ReceiptFilter(Kind: "decision", State: "executed") }) Assert.Equal(6, (await Find(filter)).LookedBackTo);
        // What an index finds is found wherever it is.
        foreach (var filter in new[] { new ReceiptFilter(Kind: "decision"), new ReceiptFilter(ApprovalId: "apr_first", Text: "first"), new ReceiptFilter() }) Assert.Null((await Find(filter)).LookedBackTo);
        var id = (await Find(new ReceiptFilter(ApprovalId: "apr_first"))).Items[0].ReceiptId;
        Assert.Equal(0, Assert.Single((await Find(new ReceiptFilter(Text: $" {id} "))).Items).Index);
    }

    [Fact]
    public async Task Download_OfEveryReceipt_VerifiesElsewhere()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        var receipts = await store.AppendAsync(log, 21);
        var queries = store.Queries(log);
        foreach (var receipt in receipts)
        {
            var download = await queries.DownloadAsync(receipt.ReceiptId, None);
            var result = OfflineVerifier.VerifyReceipt(download!.Receipt.Span, download.Proof, log.Vkey!);
            Assert.Equal((Verdict.Valid, (ulong)receipt.Index, 21UL), (result.Verdict, result.Index, result.Size));
            Assert.Equal(result, await queries.VerifyAsync(receipt.ReceiptId, None));
            Assert.Equal(receipt.Sha256, download.Item.Sha256);
        }
        Assert.Null(await queries.DownloadAsync("rcp_unknown", None));
        Assert.Null(await queries.GetAsync("rcp_unknown", None));
        Assert.Equal("receipt_missing", (await queries.VerifyAsync("rcp_unknown", None)).Reason);
    }

    [Fact]
    public async Task Get_AReceipt_TellsWhatItsSignedBytesSay()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        var receipt = (await store.AppendAsync(log, 1))[0];
        await store.TamperAsync("UPDATE receipts SET Tool = 'forged.tool'");
        var queries = store.Queries(log);
        Assert.Equal("auditlens.create_issue", (await queries.GetAsync(receipt.ReceiptId, None))!.Tool);
        Assert.Equal("columns_differ", (await queries.VerifyLogAsync(None)).Reason);
    }

    [Fact]
    public async Task Status_OfAnOpenLog_IsItsKeyAndNewestCheckpoint()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 3);
        var status = await store.Queries(log).GetStatusAsync(None);
        Assert.Equal((log.Vkey, 3L, null), (status.Vkey, status.Size, status.Refusal));
        Assert.Equal(File.ReadAllText(store.CheckpointPath), status.Checkpoint);
        Assert.Equal(log.Vkey + "\n", Encoding.UTF8.GetString(File.ReadAllBytes(store.VkeyPath)));
        Assert.Equal("ok", (await store.Queries(log).VerifyLogAsync(None)).Reason);
    }
}
