using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.Webhooks;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class WebhooksPageTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Deliveries_DeadOnes_AreTestedSentAgainAndDroppedFromThePage()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer("secret-path", 410);
        await using var site = await ConsoleSite.StartAsync(chromium, settings: options =>
        {
            options.Policy.UrlAllowlist = [receiver.Authority];
            (options.Webhooks.Urls, options.Webhooks.Secret) = ([receiver.Url("secret-path")], WebhookWorld.Secret);
        });
        await site.SignInAsync();
        await site.OpenAsync("/webhooks");

        await site.Page.GetByRole(AriaRole.Button, new() { Name = $"Send a test to {receiver.Authority}" }).ClickAsync();
        await Expect(site.Page.Locator("[data-state=dead]")).ToBeVisibleAsync();
        await Expect(site.Page.GetByText("http_410:")).ToBeVisibleAsync();
        Assert.Empty((await site.Page.RunAxe()).Violations.Select(v => v.Id));
        Assert.DoesNotContain("secret-path", await site.Page.ContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(WebhookWorld.Secret, await site.Page.ContentAsync(), StringComparison.Ordinal);
        await site.OpenAsync("/ui");
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "1 webhook delivery was given up" }).ClickAsync();

        receiver.Answer("secret-path", 200);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send again whd_" }).ClickAsync();
        await Expect(site.Page.GetByText("Nothing was given up.")).ToBeVisibleAsync();
        await site.OpenAsync("/webhooks");
        await Expect(site.Page.Locator("[data-state=delivered]")).ToBeVisibleAsync();

        receiver.Answer("secret-path", 410);
        await site.App.Get<Database>().WriteAsync(db =>
        {
            site.App.Get<WebhookOutbox>().Add(db, WebhookWorld.Event("apr_linked"));
            return Task.CompletedTask;
        }, CancellationToken.None);
        site.App.Get<ChangeFeed>().Publish(Topics.Approvals, "apr_linked");
        await Expect(site.Page.GetByRole(AriaRole.Link, new() { Name = "apr_linked" })).ToHaveAttributeAsync("href", "/approvals/apr_linked");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Drop whd_" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Link, new() { Name = "apr_linked" })).ToHaveCountAsync(0);
    }
}
