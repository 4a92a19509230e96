using Microsoft.Playwright;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.AuditLens.Triage;
using OmniAudit.Tests.GitHub;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class TriageStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task PullRequest_Triaged_IsEditedApprovedAndCommentedOnce()
    {
        await using var gitHub = await FakeGitHub.StartAsync();
        var repository = TriageRepository.Fill(gitHub.AddRepository("acme/shop"));
        await using var site = await ConsoleSite.StartAsync(chromium, settings: options => gitHub.Configure(options, "acme/shop"));
        await site.SignInAsync();
        var faults = new List<string>();

        await site.OpenAsync("/triage/new?repo=acme/shop&pr=7");
        await EveryPageTests.JudgeAsync(site, "/triage/new", faults);
        await site.Page.Locator("[data-action=triage]").ClickAsync();
        await Expect(site.Page.Locator("[data-version]")).ToHaveTextAsync("version 1");
        await Expect(site.Page.GetByRole(AriaRole.Cell, new() { Name = "expected 3 but was 4" })).ToBeVisibleAsync();
        await EveryPageTests.JudgeAsync(site, "the draft", faults);

        await site.Page.Locator("[data-view=edit]").ClickAsync();
        var text = await site.Page.Locator("#draft-text").InputValueAsync();
        await site.Page.Locator("#draft-text").FillAsync("Ada looks at it.\n\n" + text);
        await site.Page.Locator("[data-view=diff]").ClickAsync();
        await Expect(site.Page.Locator("[data-diff] li.added").First).ToContainTextAsync("Ada looks at it.");
        await EveryPageTests.JudgeAsync(site, "the changes", faults);
        await Expect(site.Page.Locator("[data-action=post]")).ToBeDisabledAsync();
        await site.Page.Locator("[data-action=save]").ClickAsync();
        await Expect(site.Page.Locator("[data-version]")).ToHaveTextAsync("version 2");

        await site.Page.Locator("[data-action=post]").ClickAsync();
        var request = site.Page.Locator("[data-requests] li");
        await Expect(request.Locator("[data-state=pending]")).ToBeVisibleAsync();
        var href = (await request.GetByRole(AriaRole.Link).GetAttributeAsync("href"))!;
        var id = href[(href.LastIndexOf('/') + 1)..];
        Assert.Empty(repository.Comments);
        Assert.True((await site.App.DecideAsync(id, Decision.Approve)).Accepted);
        await site.App.WaitForStateAsync(id, ApprovalState.Executed);
        await Expect(request.Locator("[data-state=executed]")).ToBeVisibleAsync();
        Assert.Equal($"Ada looks at it.\n\n{text}\n\n<!-- omniaudit-op:{id} -->", Assert.Single(repository.Comments).Json["body"]!.GetValue<string>());

        await site.OpenAsync("/triage");
        await Expect(site.Page.Locator("tr[data-row]")).ToHaveCountAsync(1);
        await EveryPageTests.JudgeAsync(site, "/triage", faults);

        // A finding of the draft: its patch, and what it turned out to be.
        var draft = (await site.App.Get<TriageDesk>().ListAsync(null, null, 1, default)).Drafts[0];
        var sets = site.App.Get<FindingsStore>();
        var finding = (await sets.LoadAsync((await sets.FindAsync(draft.FindingsId!, default))!, default)).Findings.First(f => f.Finding.Rule == "eqeqeq").Finding;
        await site.OpenAsync($"/findings/{draft.FindingsId}/{finding.FindingId}");
        await site.Page.Locator("[data-action=patch]").ClickAsync();
        await Expect(site.Page.Locator("[data-patch] li.added")).ToContainTextAsync("if (x === 2) return;");
        await site.Page.Locator("[data-outcome=real]").ClickAsync();
        await Expect(site.Page.Locator("[data-outcome=real]")).ToBeDisabledAsync();
        await EveryPageTests.JudgeAsync(site, "the finding", faults);

        await site.Page.SetViewportSizeAsync(390, 844);
        foreach (var path in new[] { $"/triage/{draft.DraftId}", "/triage", "/triage/new", $"/findings/{draft.FindingsId}/{finding.FindingId}" })
        {
            await site.OpenAsync(path);
            Assert.True(await site.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 390, path);
        }
        Assert.Empty(faults);
        Assert.Empty(site.Complaints);
    }
}
