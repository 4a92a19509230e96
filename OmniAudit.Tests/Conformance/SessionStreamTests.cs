using System.Net;
using System.Text.Json.Nodes;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Conformance;

/// <summary>What a session's server says unasked: here that the fixtures' list of tools changed.</summary>
[Collection(ConformanceSites.Name)]
public sealed class SessionStreamTests(ConformanceSites sites)
{
    [Fact]
    public async Task GetStream_MayBeOpenedAgain_AndCarriesWhatIsSaidThen()
    {
        var app = sites.WithFixtures;
        var session = (await McpMessage.Initialize("2025-11-25").SendAsync(app)).SessionId!;
        for (var time = 0; time < 3; time++)
        {
            using var stream = await OpenAsync(app, session);
            using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
            Assert.Equal(HttpStatusCode.OK, (await McpMessage.InSession(session, "2025-11-25", "tools/call", new JsonObject { ["name"] = "test_trigger_tool_change" }).SendAsync(app)).Status);
            string? line;
            do line = await reader.ReadLineAsync().WaitAsync(Eventually.Patience);
            while (line is not null && !line.StartsWith("data: ", StringComparison.Ordinal));
            Assert.Contains("notifications/tools/list_changed", line, StringComparison.Ordinal);
        }
    }

    /// <summary>The server may take a moment to see that the last one was closed.</summary>
    private static async Task<HttpResponseMessage> OpenAsync(TestApp app, string session)
    {
        HttpResponseMessage response = null!;
        await Eventually.TrueAsync(async () =>
        {
            using var request = McpMessage.Without(HttpMethod.Get, session, "2025-11-25").ToHttp();
            response = await app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return response.StatusCode != HttpStatusCode.Conflict;
        }, "the stream opens");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }
}
