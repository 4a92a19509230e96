using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Arguments as models, mistakes and attackers write them, for every tool that is shipped: always an answer that names what is wrong.</summary>
public sealed class McpArgumentFuzzTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(
        o => (o.RateLimits.WritesPerMinute, o.RateLimits.ScansPerMinute) = (1_000_000, 1_000_000),
        services: s => s.AddSingleton(_ => ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly)));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Arguments_ThatAreWrong_AreNamedByEveryTool()
    {
        var tools = _app.Get<ToolCatalog>().All;
        Assert.True(tools.Count >= 9);
        var calls = 0;
        foreach (var tool in tools)
        {
            foreach (var (what, field, body) in Cases(tool))
            {
                var answer = await McpMessage.Call(tool.Name).With(m => m.Body = Encoding.UTF8.GetBytes(m.Json!.ToJsonString().Replace("\"arguments\":{}", $"\"arguments\":{body}", StringComparison.Ordinal))).SendAsync(_app);
                calls++;
                var context = $"{tool.Name}, {what}: {(int)answer.Status} {answer.Body[..Math.Min(2000, answer.Body.Length)]}";
                Assert.True(answer.Status == HttpStatusCode.OK, context);
                Assert.True(answer.Json.TryGetProperty("result", out var result) && result.GetProperty("isError").GetBoolean(), context);
                var structured = result.GetProperty("structuredContent");
                Assert.True(structured.GetProperty("error").GetString() == "invalid_arguments", context);
                Assert.True(structured.GetProperty("message").GetString()!.Contains(field, StringComparison.Ordinal), context);
                Assert.True(structured.GetProperty("errors").EnumerateArray().Any(e => e.GetProperty("field").GetString()!.StartsWith(field, StringComparison.Ordinal)), context);
                Assert.True(result.GetProperty("content")[0].GetProperty("text").GetString() is { Length: < 24_000 } text && text.Contains("invalid_arguments", StringComparison.Ordinal), context);
                Assert.DoesNotContain("An error occurred", answer.Body, StringComparison.Ordinal);
            }
        }
        Assert.True(calls > tools.Count * 5);
        // Each left its row, and nothing else.
        var rows = 0;
        for (string? before = null; ;)
        {
            var page = await _app.Get<AuditQueries>().ListAsync(new CallFilter(Take: 200, Before: before), CancellationToken.None);
            if (page.Count == 0) break;
            Assert.All(page, r => Assert.Equal((CallStatus.Refused, "invalid_arguments"), (r.Status, r.ErrorCode)));
            rows += page.Count;
            before = page[^1].CallId;
        }
        Assert.Equal(calls, rows);
        SuiteReport.Conformance.AddTo("Arguments", [$"{calls} wrong calls of {tools.Count} tools: each refused by the name of what is wrong, each in the audit log"]);
    }

    /// <summary>What is wrong, the field that must be named, and the arguments as JSON.</summary>
    private static IEnumerable<(string What, string Field, string Json)> Cases(CatalogTool tool)
    {
        var schema = JsonNode.Parse(tool.InputSchema.GetRawText())!;
        var properties = ((JsonObject?)schema["properties"] ?? []).Select(p => (p.Key, Schema: (JsonObject)p.Value!)).ToList();
        foreach (var name in (schema["required"] as JsonArray ?? []).Select(r => r!.GetValue<string>()))
        {
            yield return ($"without {name}", name, "{}");
            yield return ($"null as {name}", name, $"{{\"{name}\":null}}");
        }
        foreach (var (name, property) in properties)
        {
            var type = property["type"]!.GetValue<string>();
            foreach (var (kind, value) in new[] { ("string", "\"text\""), ("number", "1.5"), ("boolean", "true"), ("array", "[[]]"), ("object", "{\"x\":{}}") })
            {
                if (kind != type && !(type == "number" && kind == "number")) yield return ($"{kind} as {name}", name, $"{{\"{name}\":{value}}}");
            }
            // What names a request and is no argument of its own is looked at after the arguments.
            var own = name is not (WriteContract.TokenArgument or WriteContract.KeyArgument);
            if (type == "string" && own && (property.ContainsKey("maxLength") || property.ContainsKey("enum")))
                yield return ($"a huge {name}", name, $"{{\"{name}\":\"{new string('x', 900_000)}\"}}");
            if (type is "integer" or "number") yield return ($"a huge {name}", name, $"{{\"{name}\":1e300}}");
            if (type == "string" && property.ContainsKey("enum")) yield return ($"invisible characters in {name}", name, $"{{\"{name}\":\"\u200B\U000E0041\"}}");
        }
        yield return ("unknown", "surprise", "{\"surprise\":1}");
        yield return ("unknown and deep", "surprise", $"{{\"surprise\":{string.Concat(Enumerable.Repeat("[", 50))}{string.Concat(Enumerable.Repeat("]", 50))}}}");
        yield return ("an invisible name", "⟦U+200B⟧", "{\"\u200B\":1}");
        yield return ("an empty name", "", "{\"\":1}");
        yield return ("many unknown", "x0", "{" + string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"x{i}\":1")) + "}");
        yield return ("a name of the language", "__proto__", "{\"__proto__\":{\"admin\":true}}");
    }
}
