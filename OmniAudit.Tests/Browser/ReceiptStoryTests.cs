using Microsoft.Playwright;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Receipts;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class ReceiptStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Receipt_VerifiedInTheBrowser_IsValidUntilOneByteOfAnythingChanges()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var page = site.Page;
        await FillAsync(site, 5);
        // A name that hides a character: shown as an escape, and still these bytes.
        var receipt = await AppendAsync(site, ReceiptStore.Entry("apr_x", target: "octo/\u202Erepo \"ä\u00A0\u00A0 😀\""));
        await FillAsync(site, 3);
        await site.SignInAsync();
        await site.OpenAsync($"/receipts/{receipt}");
        var key = await page.Locator("#receipt-vkey").InputValueAsync();
        var asked = site.Requests.Count;

        await VerifyAsync(page, "Valid", "The receipt is entry 5 of the log");
        await Expect(page.Locator("#browser-checks li").Last).ToContainTextAsync("The signature is good (Ed25519).");
        await Expect(page.Locator(".proof [data-checked=good]")).ToHaveCountAsync(await page.Locator(".proof > li").CountAsync());
        Assert.Equal(asked, site.Requests.Count);

        // What is shown, what would be copied, and both alike.
        await page.EvalOnSelectorAsync("#receipt-bytes", ChangeShown);
        await VerifyAsync(page, "Invalid", "What is shown is not what would be copied.");
        await page.EvalOnSelectorAsync("#receipt-bytes", "e => e.dataset.raw = e.dataset.raw.replace('approved', 'approveD')");
        await VerifyAsync(page, "Invalid", "do not lead to the checkpoint's root");
        await Expect(page.Locator(".proof [data-checked=bad]")).ToHaveCountAsync(1);
        await page.EvalOnSelectorAsync("#receipt-bytes", "e => { e.dataset.raw = e.dataset.raw.replace('approveD', 'approved'); const n = [...e.childNodes].find(n => n.data?.includes('approveD')); n.data = n.data.replace('approveD', 'approved') }");
        await VerifyAsync(page, "Valid", "");

        await page.EvalOnSelectorAsync("#receipt-proof", "e => e.textContent = e.textContent.replace('\\n9\\n', '\\n8\\n')");
        await VerifyAsync(page, "Invalid", "");
        await page.EvalOnSelectorAsync("#receipt-proof", "e => e.textContent = e.textContent.replace('\\n8\\n', '\\n9\\n')");
        await page.EvalOnSelectorAsync("#receipt-proof", "e => { const t = e.textContent.trimEnd(); const i = t.length - 12; e.textContent = t.slice(0, i) + (t[i] === 'A' ? 'B' : 'A') + t.slice(i + 1) + '\\n' }");
        await VerifyAsync(page, "Invalid", "The signature is not good");
        await page.Locator("#receipt-vkey").FillAsync(ReferenceLog.Vkey);
        await VerifyAsync(page, "Invalid", "is not signed by this key");
        await page.Locator("#receipt-vkey").FillAsync(key[..^3]);
        await VerifyAsync(page, "Incomplete", "");
        Assert.Empty(site.Complaints);
    }

    /// <summary>The reference vector, an ECDSA log, and a browser without Ed25519: the same page with other content.</summary>
    [Fact]
    public async Task Browser_GivenOtherLogsAndLessCryptography_SaysWhatItFound()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var page = site.Page;
        var receipt = await FillAsync(site, 1);
        await site.SignInAsync();
        await site.OpenAsync($"/receipts/{receipt}");
        var leaves = ReferenceLog.Leaves(5);
        async Task PutAsync(LogKey key)
        {
            var note = SignedNote.Sign(new Checkpoint(key.Verifier.Name, 5, ReferenceLog.RootOf(leaves)).ToText(), key);
            await page.EvalOnSelectorAsync("#receipt-proof", "(e, text) => e.textContent = text", new TlogProof(2, ReferenceLog.Path(2, leaves), note).ToText());
            await page.EvalOnSelectorAsync("#receipt-bytes", """e => { e.dataset.raw = e.textContent = '{"n":2}' }""");
            await page.Locator("#receipt-vkey").FillAsync(key.Verifier.ToString());
        }

        await PutAsync(ReferenceLog.Key);
        await VerifyAsync(page, "Valid", "The receipt is entry 2 of the log omniaudit.example/log1, whose first 5 entries are signed.");
        await PutAsync(LogKey.FromSecret("omniaudit.example/ecdsa", LogKey.NewSecret(NoteAlgorithm.Ecdsa)));
        await VerifyAsync(page, "Valid", "omniaudit.example/ecdsa");
        await Expect(page.Locator("#browser-checks li").Last).ToContainTextAsync("ECDSA P-256");

        await PutAsync(ReferenceLog.Key);
        await page.EvaluateAsync("() => { const real = crypto.subtle.importKey.bind(crypto.subtle); crypto.subtle.importKey = (f, k, a, ...r) => a.name === 'Ed25519' ? Promise.reject(new DOMException('no', 'NotSupportedError')) : real(f, k, a, ...r) }");
        await VerifyAsync(page, "Incomplete", "This browser cannot check Ed25519 signatures.");
    }

    [Fact]
    public async Task Receipt_AfterTheLogsKeyWasChanged_VerifiesWithTheNewKeyAndExplainsTheOld()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var page = site.Page;
        var receipt = await FillAsync(site, 3);
        var change = await site.App.Get<ReceiptLog>().RotateKeyAsync(OperatorDirectory.CommandLine, CancellationToken.None);
        await site.SignInAsync();

        // The proof of that moment leads to the checkpoint that both keys have signed; one entry later to one of the new key alone.
        await site.OpenAsync($"/receipts/{receipt}");
        await VerifyAsync(page, "Valid", "whose first 4 entries are signed");
        await page.Locator("#receipt-vkey").FillAsync(change.From);
        await VerifyAsync(page, "Valid", "whose first 4 entries are signed");
        await FillAsync(site, 1);
        await site.OpenAsync($"/receipts/{receipt}");
        await VerifyAsync(page, "Valid", "whose first 5 entries are signed");
        await page.Locator("#receipt-vkey").FillAsync(change.From);
        await VerifyAsync(page, "Invalid", "the list of keys (/log/vkeys) proves how the one you hold handed over");
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify on the server" }).ClickAsync();
        await Expect(page.GetByText("Valid, says the server.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "All keys of the log (vkeys)" })).ToBeVisibleAsync();

        await site.OpenAsync($"/receipts/{change.ReceiptId}");
        await VerifyAsync(page, "Valid", "");
        await site.OpenAsync("/receipts?kind=log_key");
        await Expect(page.Locator("[data-row]")).ToHaveCountAsync(1);
        await page.Locator("summary", new() { HasText = "The log: 5 receipts" }).ClickAsync();
        await Expect(page.GetByText($"Sizes 0 to 4: {change.From}")).ToBeVisibleAsync();
        Assert.Empty(site.Complaints);
    }

    [Fact]
    public async Task List_FilteredByPersonAndStep_ShowsNamesAndLivesInTheAddress()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var page = site.Page;
        var ada = await site.App.Get<OperatorDirectory>().AddAsync("ada", "Ada Lovelace", CancellationToken.None);
        await AppendAsync(site, ReceiptStore.Entry("apr_1", target: "by/ada") with { DecidedBy = $"person:opr_gone,{ada.Actor.Subject}" });
        await AppendAsync(site, ReceiptStore.Entry("apr_1", ReceiptKind.Outcome, target: "by/ada") with { DecidedBy = ada.Actor.Subject, State = "executed" });
        await AppendAsync(site, ReceiptStore.Entry("apr_2", target: "by/rule") with { DecidedBy = "rule:std_1", Requester = "agent:anonymous" });
        await site.SignInAsync();
        await site.OpenAsync("/receipts");
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(3);
        await Expect(page.Locator("tr[data-row]").First).ToContainTextAsync("a standing rule");

        await page.GetByLabel("Person or agent").FillAsync("lovelace");
        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Link, new() { Name = "Decisions" }).ClickAsync();
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(1);
        await Expect(page.Locator("tr[data-row]")).ToContainTextAsync("Ada Lovelace");
        await Expect(page.Locator("tr[data-row]")).ToContainTextAsync("person:opr_gone");
        Assert.EndsWith("/receipts?kind=decision&person=lovelace", page.Url, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Link, new() { Name = "Person: lovelace" }).ClickAsync();
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(2);
        await page.GetByLabel("State").SelectOptionAsync("executed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(page.GetByText("No receipt matches.")).ToBeVisibleAsync();
    }

    private const string ChangeShown = "e => { const n = [...e.childNodes].find(n => n.data?.includes('approved')); n.data = n.data.replace('approved', 'approveD') }";

    private static async Task VerifyAsync(IPage page, string verdict, string says)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify in this browser" }).ClickAsync();
        await Expect(page.Locator($"#browser-verdict [data-verdict={verdict}]")).ToContainTextAsync(says);
    }

    private static async Task<string> FillAsync(ConsoleSite site, int count)
    {
        var last = "";
        for (var i = 0; i < count; i++) last = await AppendAsync(site, ReceiptStore.Entry($"apr_{i}"));
        return last;
    }

    private static async Task<string> AppendAsync(ConsoleSite site, ReceiptEntry entry)
    {
        var log = site.App.Get<ReceiptLog>();
        var receipt = await site.App.Get<Database>().WriteAsync(db => log.AppendAsync(db, entry, CancellationToken.None), CancellationToken.None);
        await log.PublishAsync(CancellationToken.None);
        return receipt.ReceiptId;
    }
}
