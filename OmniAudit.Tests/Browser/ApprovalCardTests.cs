using System.Text.Json;
using System.Text.Json.Nodes;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>The approval card in a host: a page that frames it without any rights and speaks MCP Apps with it, its tool calls answered by the real server.</summary>
[Collection(BrowserTests.Name)]
public sealed class ApprovalCardTests(ChromiumFixture chromium)
{
    private const string Hostile = "<img src=x onerror=\"parent.postMessage('owned','*')\"><b>bold</b>";

    private const string Host = """
        <!doctype html><html lang="en"><head><title>Host</title></head><body><main><h1>Host</h1><iframe id="card" title="Approval" sandbox="allow-scripts" style="width:26rem;height:40rem"></iframe></main>
        <script>
          window.heard = []; window.opened = [];
          const card = document.getElementById('card'), say = m => card.contentWindow.postMessage({ jsonrpc: '2.0', ...m }, '*');
          window.addEventListener('message', async event => {
            const m = event.data;
            if (event.source !== card.contentWindow) return;
            window.heard.push(typeof m === 'string' ? m : m.method ?? `answer ${m.id}`);
            if (m.method === 'ui/initialize') say({ id: m.id, result: { protocolVersion: m.params.protocolVersion, hostInfo: { name: 'host', version: '1' }, hostCapabilities: window.abilities, hostContext: window.look } });
            if (m.method === 'ui/notifications/initialized') { say({ method: 'ui/notifications/tool-input', params: { arguments: window.input } }); say({ method: 'ui/notifications/tool-result', params: window.result }); }
            if (m.method === 'tools/call') say({ id: m.id, result: JSON.parse(await callServer(JSON.stringify(m.params))) });
            if (m.method === 'ui/open-link') { window.opened.push(m.params.url); say({ id: m.id, result: { isError: window.refuses === true } }); }
          });
        </script></body></html>
        """;

    /// <summary>A call that waits, and the card beside its result.</summary>
    private async Task<(IPage Page, IFrameLocator Card, JsonElement Approval)> ShowAsync(TestApp app, IBrowserContext context, string theme, bool followed)
    {
        var html = (await McpMessage.Of("resources/read", new JsonObject { ["uri"] = McpAppsTests.Uri }).SendAsync(app)).Result.GetProperty("contents")[0].GetProperty("text").GetString();
        var input = new JsonObject { ["text"] = Hostile, ["copies"] = 2 };
        var result = await app.CallAsync("probe.write_note", input.DeepClone());
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout((float)Eventually.Patience.TotalMilliseconds);
        await page.ExposeFunctionAsync("callServer", async (string call) =>
        {
            var asked = (JsonObject)JsonNode.Parse(call)!;
            return (await app.CallAsync(asked["name"]!.GetValue<string>(), asked["arguments"]!.DeepClone())).GetRawText();
        });
        await page.SetContentAsync(Host);
        await page.EvaluateAsync("s => Object.assign(window, JSON.parse(s))", new JsonObject
        {
            ["input"] = input.DeepClone(), ["result"] = JsonNode.Parse(result.GetRawText()),
            ["abilities"] = followed ? new JsonObject { ["openLinks"] = new JsonObject(), ["serverTools"] = new JsonObject() } : new JsonObject { ["openLinks"] = new JsonObject() },
            ["look"] = new JsonObject { ["theme"] = theme, ["locale"] = "en-GB", ["timeZone"] = "UTC", ["toolInfo"] = new JsonObject { ["tool"] = new JsonObject { ["name"] = "probe.write_note", ["title"] = "Write a note" } } },
        }.ToJsonString());
        await page.EvaluateAsync("html => { document.getElementById('card').srcdoc = html; }", html);
        return (page, page.FrameLocator("#card"), result.GetProperty("structuredContent").GetProperty("approval"));
    }

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task Card_OfAWriteThatWaits_ShowsItAsTextAndOnlyOpensTheConsole(string theme)
    {
        await using var app = await TestApp.StartAsync();
        await using var context = await chromium.Browser.NewContextAsync();
        var (page, card, approval) = await ShowAsync(app, context, theme, followed: false);

        await Expect(card.GetByRole(AriaRole.Heading, new() { Name = "Write a note" })).ToBeVisibleAsync();
        await Expect(card.Locator("#state")).ToContainTextAsync("Waits for approval");
        await Expect(card.GetByText($"write the note '{Hostile}'")).ToBeVisibleAsync();
        await Expect(card.Locator("dd").Nth(0)).ToHaveTextAsync(Hostile);
        await Expect(card.Locator("dd").Nth(1)).ToHaveTextAsync("2");
        await Expect(card.Locator("#facts")).ToContainTextAsync("Expires ");
        await Expect(card.Locator("img, b")).ToHaveCountAsync(0);

        await card.GetByRole(AriaRole.Button).ClickAsync();
        await page.WaitForFunctionAsync("window.opened.length === 1");
        Assert.Equal([approval.GetProperty("url").GetString()!], await page.EvaluateAsync<string[]>("window.opened"));
        await page.EvaluateAsync("window.refuses = true");
        await card.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(card.GetByText("did not open it")).ToBeVisibleAsync();
        await Expect(card.Locator("#address")).ToHaveTextAsync(approval.GetProperty("url").GetString()!);

        // Neither markup from outside nor the card itself has asked for anything but to be shown and to open.
        Assert.Equal(["ui/initialize", "ui/notifications/initialized", "ui/notifications/size-changed", "ui/open-link"], (await page.EvaluateAsync<string[]>("window.heard")).Distinct().Order(StringComparer.Ordinal));
        var judged = await page.RunAxe();
        Assert.Contains(judged.Passes, p => p.Id == "color-contrast" && p.Nodes.Any(n => n.Html.Contains("id=\"word\"", StringComparison.Ordinal)));
        Assert.Empty(judged.Violations.Select(v => $"{v.Id}: {string.Join(" | ", v.Nodes.Select(n => n.Html))}"));
    }

    [Fact]
    public async Task Card_InAHostThatLetsItAsk_FollowsAnEditAndTheOutcome()
    {
        await using var app = await TestApp.StartAsync();
        await using var context = await chromium.Browser.NewContextAsync();
        var (page, card, approval) = await ShowAsync(app, context, "light", followed: true);
        var id = approval.GetProperty("id").GetString()!;
        await Expect(card.Locator("#state")).ToContainTextAsync("Waits for approval");
        await page.WaitForFunctionAsync("window.heard.includes('tools/call')");

        var editor = await app.AddPersonAsync(new(OmniAudit.Modules.Tools.ActorKind.Person, "person:opr_cid", "Cid"), role: OmniAudit.Modules.Identities.Role.Approver);
        var edited = await app.Get<ApprovalEditor>().EditAsync("probe.write_note", new ShownRequest(id, approval.GetProperty("args_sha256").GetString()!), JsonSerializer.SerializeToElement(new { text = "milder" }), editor, CancellationToken.None);
        Assert.True(edited.Accepted, edited.Message);
        await Expect(card.GetByText("What is executed, as a person changed it")).ToBeVisibleAsync();
        await Expect(card.Locator("dd")).ToHaveTextAsync(["milder"]);
        await Expect(card.GetByText("write the note 'milder'")).ToBeVisibleAsync();

        await app.DecideAsync(id, Decision.Approve);
        await Expect(card.Locator("#state")).ToContainTextAsync("Executed");
        await Expect(card.Locator("#facts")).ToContainTextAsync("Receipt rcp_");
        Assert.Equal(["milder"], app.Get<ProbeEffects>().Notes);
    }
}
