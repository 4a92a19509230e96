using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Mcp;

/// <summary>Nothing reaches a model that a person would not see.</summary>
public sealed class McpTextTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Theory]
    [InlineData("plain text, with \"quotes\"")]
    [InlineData("two\nlines\tand a tab\r\n")]
    [InlineData("Größe, naïve, 中文, עברית, العربية")]
    [InlineData("no\u00A0break and a thin\u2009space")]
    [InlineData("👍🏽 👨‍👩‍👧 ❤️ 👩‍❤️‍👨 🏳️‍🌈")]
    [InlineData("می‌خواهم क्‍ष")]
    public void Text_ThatShows_StaysAsItIs(string text) => Assert.Same(text, McpText.Marked(text));

    [Theory]
    [InlineData("a\u200Bb", "a⟦U+200B⟧b")]
    [InlineData("\uFEFFstart", "⟦U+FEFF⟧start")]
    [InlineData("pay\u202Etxt.exe", "pay⟦U+202E⟧txt.exe")]
    [InlineData("\u2066x\u2069", "⟦U+2066⟧x⟦U+2069⟧")]
    [InlineData("soft\u00ADhyphen", "soft⟦U+00AD⟧hyphen")]
    [InlineData("red\u001B[31m", "red⟦U+001B⟧[31m")]
    [InlineData("tag\U000E0041\U000E0042\U000E007F.", "tag⟦U+E0041 and 2 more that do not show⟧.")]
    [InlineData("bytes\uFE01\U000E0101", "bytes⟦U+FE01 and 1 more that do not show⟧")]
    [InlineData("a\u200Db", "a⟦U+200D⟧b")]
    [InlineData("中\u200D\u200C\u200D文", "中⟦U+200D and 2 more that do not show⟧文")]
    [InlineData("fill\u3164er", "fill⟦U+3164⟧er")]
    public void Text_ThatHides_IsMarked(string text, string shown) => Assert.Equal(shown, McpText.Marked(text));

    /// <summary>Inside JSON as text an escape hides what it stands for.</summary>
    [Fact]
    public void Json_IsMarkedThroughItsEscapes() =>
        Assert.Equal("""{"a":"x⟦U+E0049⟧","b":["⟦U+200B⟧"],"ö":1}""", McpText.MarkedJson("""{"a":"x\uDB40\uDC49","b":["\u200b"],"ö":1}"""));

    [Fact]
    public async Task Result_OfAWrite_ShowsWhatHidAndKeepsWhatWasApproved()
    {
        const string Text = "note \u200Bwith\U000E0049\U000E0047 more";
        var asked = (await shared.App.CallAsync("probe.write_note", new { text = Text })).GetProperty("structuredContent");
        var approval = asked.GetProperty("approval");
        Assert.Equal(CanonicalJson.Sha256Hex(CanonicalJson.Write(JsonSerializer.SerializeToElement(new { text = Text }))), approval.GetProperty("args_sha256").GetString());
        await shared.App.DecideAsync(approval.GetProperty("id").GetString()!, Decision.Approve);
        await shared.App.WaitForStateAsync(approval.GetProperty("id").GetString()!, "executed");
        Assert.Contains(Text, shared.App.Get<ProbeEffects>().Notes);

        var result = await shared.App.CallAsync("probe.write_note", new { text = Text, confirmation_token = asked.GetProperty("confirmation_token").GetString() });
        const string Shown = "note ⟦U+200B⟧with⟦U+E0049 and 1 more that do not show⟧ more";
        Assert.Equal(Shown, result.GetProperty("structuredContent").GetProperty("note").GetString());
        var resource = await McpMessage.Of("resources/read", new JsonObject { ["uri"] = $"omniaudit://approvals/{approval.GetProperty("id").GetString()}" }).With(m => m.Headers["Mcp-Name"] = m.Params["uri"]!.GetValue<string>()).SendAsync(shared.App);
        var read = resource.Result.GetProperty("contents")[0].GetProperty("text").GetString()!;
        Assert.DoesNotContain("\u200B", read, StringComparison.Ordinal);
        Assert.DoesNotContain("\\udb40", read, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Shown, JsonDocument.Parse(result.GetProperty("content")[0].GetProperty("text").GetString()!).RootElement.GetProperty("note").GetString());
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Errors_ThatRepeatWhatWasSent_ShowWhatHid(string version)
    {
        var session = version == McpMessage.Stateless ? null : (await McpMessage.Initialize(version).SendAsync(shared.App)).SessionId;
        Task<McpAnswer> Call(string name, JsonObject arguments) => session is null
            ? McpMessage.Call(name, arguments).With(m => m.Headers["Mcp-Name"] = $"=?base64?{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(name))}?=").SendAsync(shared.App)
            : McpMessage.InSession(session, version, "tools/call", new JsonObject { ["name"] = name, ["arguments"] = arguments }).SendAsync(shared.App);
        var unknown = await Call("probe.read\u200B_note", []);
        Assert.Contains("'probe.read⟦U+200B⟧_note'", unknown.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        var wrong = await Call("probe.read_note", new JsonObject { ["br\u202Eeak"] = true });
        Assert.Equal("br⟦U+202E⟧eak", wrong.Result.GetProperty("structuredContent").GetProperty("errors")[0].GetProperty("field").GetString());
        Assert.DoesNotContain("\u202E", wrong.Body, StringComparison.Ordinal);
    }
}
