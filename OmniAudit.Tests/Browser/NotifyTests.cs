using System.Text.Json;
using Microsoft.Playwright;
using OmniAudit.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class NotifyTests(ChromiumFixture chromium)
{
    /// <summary>Keeps what the page would have shown, and asks the browser's own permission all the same.</summary>
    private const string Recorder = """
        window.shown = [];
        const Real = window.Notification;
        window.Notification = class {
          constructor(title, options) { window.shown.push({ title, body: options.body, tag: options.tag }); window.last = this; }
          static get permission() { return Real.permission; }
          static requestPermission() { window.asked = (window.asked ?? 0) + 1; return Real.requestPermission(); }
          close() {}
        };
        """;

    [Fact]
    public async Task NewRequest_AfterThePersonAskedForIt_NotifiesAndCountsInTheTitle()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.Page.Context.GrantPermissionsAsync(["notifications"]);
        await site.Page.Context.AddInitScriptAsync(Recorder);
        await site.SignInAsync();
        await site.OpenAsync("/approvals");
        await site.AskAsync("before");
        await Expect(site.Page).ToHaveTitleAsync("(1) Approvals · OmniAudit");
        Assert.Equal("[]0", await site.Page.EvaluateAsync<string>("JSON.stringify(window.shown) + (window.asked ?? 0)"));

        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Notify me in this browser" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Notifications are on: turn off" })).ToBeVisibleAsync();
        // Remembered over a reload, and on every page of the console.
        await site.OpenAsync("/health");
        var approval = await site.AskAsync("secret text of the note");

        await Expect(site.Page).ToHaveTitleAsync("(2) Health · OmniAudit");
        var shown = (await Eventually.GetAsync(() => site.Page.EvaluateAsync<JsonElement?>("window.shown[0] ?? null"), s => s is not null, "a notification"))!.Value;
        Assert.Equal("New approval: agent anonymous wants to probe.write_note", shown.GetProperty("body").GetString());
        Assert.Equal(approval, shown.GetProperty("tag").GetString());
        Assert.Equal(1, await site.Page.EvaluateAsync<int>("window.shown.length"));
        await site.Page.EvaluateAsync("window.last.onclick()");
        await site.Page.WaitForURLAsync($"**/approvals/{approval}");
        Assert.Empty(site.Complaints);

        await site.OpenAsync("/approvals");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Notifications are on: turn off" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Notify me in this browser" })).ToBeVisibleAsync();
    }
}
