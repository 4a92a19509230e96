using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Core;

/// <summary>search, fetch, core.read_resource and core.get_request, as agents call them.</summary>
public sealed class ReadingToolsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    private async Task<JsonElement> CallAsync(string tool, object arguments)
    {
        var result = await _app.CallAsync(tool, arguments);
        var content = result.GetProperty("structuredContent");
        var schema = (JsonObject)JsonNode.Parse(_app.Get<ToolCatalog>().Find(tool)!.OutputSchema.GetRawText())!;
        Assert.Empty(SchemaValidator.Validate(schema, content));
        Assert.True(JsonElement.DeepEquals(content, JsonDocument.Parse(Assert.Single(result.GetProperty("content").EnumerateArray()).GetProperty("text").GetString()!).RootElement));
        return content;
    }

    private async Task<List<JsonElement>> SearchAsync(string query) => [.. (await CallAsync("search", new { query })).GetProperty("results").EnumerateArray()];

    private async Task<(string Id, string Token)> AskAsync(string text)
    {
        var answer = await CallAsync("probe.write_note", new { text });
        return (answer.GetProperty("approval").GetProperty("id").GetString()!, answer.GetProperty("confirmation_token").GetString()!);
    }

    [Fact]
    public async Task Search_OfEveryKind_FindsByEveryWordNewestFirstAndFetchReadsIt()
    {
        var scan = await SeededScan.AddAsync(_app, "https://needle.example", findings: 2, text: "Haystack");
        var (asked, _) = await AskAsync("buy needle thread");
        await _app.DecideAsync(asked, Decision.Deny, "no");
        var found = await SearchAsync("NEEDLE");
        Assert.Contains(found, f => f.GetProperty("id").GetString() == $"omniaudit://scans/{scan}");
        Assert.Contains(found, f => f.GetProperty("id").GetString() == $"omniaudit://approvals/{asked}");
        Assert.Equal($"omniaudit://approvals/{asked}", found[0].GetProperty("id").GetString());
        Assert.Equal(2, (await SearchAsync("haystack")).Count);
        Assert.Single(await SearchAsync("haystack rule-1"));
        Assert.Empty(await SearchAsync("haystack needle-and-nothing"));
        Assert.Equal($"omniaudit://scans/{scan}", Assert.Single(await SearchAsync("scans needle")).GetProperty("id").GetString());
        Assert.StartsWith("omniaudit://receipts/", (await SearchAsync($"receipts {asked}"))[0].GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Empty(await SearchAsync("100%_of nothing"));

        foreach (var hit in found.Concat(await SearchAsync("haystack")).Concat(await SearchAsync("receipts denied")))
        {
            Assert.Equal(["id", "title", "url"], hit.EnumerateObject().Select(p => p.Name));
            Assert.StartsWith(_app.Url.ToString(), hit.GetProperty("url").GetString(), StringComparison.Ordinal);
            var fetched = await CallAsync("fetch", new { id = hit.GetProperty("id").GetString() });
            Assert.Equal(["id", "title", "text", "url", "metadata"], fetched.EnumerateObject().Select(p => p.Name));
            Assert.Equal(hit.GetProperty("id").GetString(), fetched.GetProperty("id").GetString());
            Assert.Equal(hit.GetProperty("url").GetString(), fetched.GetProperty("url").GetString());
            Assert.NotEmpty(fetched.GetProperty("metadata").GetProperty("kind").GetString()!);
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(fetched.GetProperty("text").GetString()!).RootElement.ValueKind);
        }
        Assert.Equal(asked, (await CallAsync("fetch", new { id = asked })).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("-- %% ..")]
    public async Task Search_WithoutAWord_IsRefusedByName(string query)
    {
        var refused = await CallAsync("search", new { query });
        Assert.Equal(("invalid_arguments", "query"), (refused.GetProperty("error").GetString(), refused.GetProperty("errors")[0].GetProperty("field").GetString()));
    }

    [Fact]
    public async Task Search_OverMuch_IsAtMostTwenty()
    {
        for (var i = 0; i < 25; i++) await SeededScan.AddAsync(_app, $"https://bulk{i}.example", findings: 200, text: "Bulky");
        Assert.Equal(20, (await SearchAsync("bulk")).Count);
    }

    [Theory]
    [InlineData("fetch", "id", "omniaudit://scans/scn_none")]
    [InlineData("fetch", "id", "rcp_none")]
    [InlineData("fetch", "id", "anything")]
    [InlineData("core.read_resource", "uri", "omniaudit://receipts/rcp_none")]
    [InlineData("core.read_resource", "uri", "https://example.org/")]
    [InlineData("core.get_request", "approval_id", "apr_none")]
    public async Task Reading_WhatIsNotThere_IsNotFoundByName(string tool, string field, string value)
    {
        var refused = await CallAsync(tool, new JsonObject { [field] = value });
        Assert.Equal(("not_found", field), (refused.GetProperty("error").GetString(), refused.GetProperty("errors")[0].GetProperty("field").GetString()));
    }

    [Fact]
    public async Task ReadResource_InParts_GivesAllAndRefusesAWrongCursor()
    {
        var scan = await SeededScan.AddAsync(_app, "https://parts.example", findings: 300);
        var seen = 0;
        string? cursor = null;
        do
        {
            var arguments = new JsonObject { ["uri"] = $"omniaudit://scans/{scan}/findings" };
            if (cursor is not null) arguments["cursor"] = cursor;
            var part = await CallAsync("core.read_resource", arguments);
            Assert.True(JsonSerializer.Serialize(part, ResultBound.Writing).Length <= ResultBound.MaxLength);
            seen += JsonDocument.Parse(part.GetProperty("text").GetString()!).RootElement.GetProperty("findings").GetArrayLength();
            cursor = part.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        Assert.Equal(300, seen);
        var refused = await CallAsync("core.read_resource", new { uri = $"omniaudit://scans/{scan}/findings", cursor = "nonsense" });
        Assert.Equal("cursor", refused.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task GetRequest_ThroughItsLife_TellsTheStateTheDeciderAndTheNextStep()
    {
        var (asked, _) = await AskAsync("follow me");
        var pending = await CallAsync("core.get_request", new { approval_id = asked });
        Assert.Equal(("pending", false, "probe.write_note"), (pending.GetProperty("state").GetString(), pending.GetProperty("executed").GetBoolean(), pending.GetProperty("tool").GetString()));
        Assert.Equal($"{_app.Url}approvals/{asked}", pending.GetProperty("url").GetString());
        Assert.StartsWith("NOT EXECUTED", pending.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.False(pending.TryGetProperty("decided_by", out _));

        var waiting = CallAsync("core.get_request", new { approval_id = asked, wait_seconds = 20 });
        await _app.DecideAsync(asked, Decision.Approve);
        Assert.NotEqual("pending", (await waiting).GetProperty("state").GetString());
        await _app.WaitForStateAsync(asked, "executed");
        var executed = await CallAsync("core.get_request", new { approval_id = asked, wait_seconds = 20 });
        Assert.True(executed.GetProperty("executed").GetBoolean());
        Assert.Equal("Ada", executed.GetProperty("decided_by").GetString());
        Assert.StartsWith("rcp_", executed.GetProperty("receipt_id").GetString(), StringComparison.Ordinal);
        Assert.Equal("follow me", executed.GetProperty("result").GetProperty("note").GetString());

        var (denied, _) = await AskAsync("deny me");
        await _app.DecideAsync(denied, Decision.Deny, "not today");
        var told = await CallAsync("core.get_request", new { approval_id = denied });
        Assert.Equal(("denied", "not today"), (told.GetProperty("state").GetString(), told.GetProperty("reason").GetString()));
        var late = await CallAsync("core.get_request", new { approval_id = denied, wait_seconds = 21 });
        Assert.Equal("wait_seconds", late.GetProperty("errors")[0].GetProperty("field").GetString());
    }
}
