using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Clients;

namespace OmniAudit.Tests.Clients;

/// <summary>What people paste into their clients.</summary>
public sealed partial class ClientConfigurationTests
{
    private const string Begin = "<!-- clients: written by the tests with OMNIAUDIT_WRITE_DOCS=1 -->\n", End = "<!-- /clients -->";

    public static TheoryData<string, bool> Addresses => new()
    {
        { "http://127.0.0.1:8080/mcp", true }, { "http://127.0.0.1:8080/mcp", false }, { "https://audit.example.com/mcp", true }, { "http://audit.lan:8080/mcp", true },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public void Texts_AreValidNameTheAddressAndHoldNoSecret(string url, bool withKey)
    {
        var all = ClientConfigurations.For(url, withKey, "/srv/with \"quotes\"/run.sh");
        Assert.Equal(["chatgpt", "claude-desktop", "claude-code", "vscode", "cursor", "codex", "stdio", "http"], all.Select(c => c.Id));
        foreach (var client in all)
        {
            if (client.Language == "json") using (JsonDocument.Parse(client.Snippet)) { }
            Assert.StartsWith("https://", client.Source, StringComparison.Ordinal);
            Assert.Equal(client.Id != "stdio", client.Snippet.Contains(url, StringComparison.Ordinal));
            if (client.Id != "chatgpt") Assert.Equal(withKey, client.Snippet.Contains(client.Id == "vscode" ? "omniaudit-key" : "OMNIAUDIT_KEY", StringComparison.Ordinal));
        }
        string Of(string id) => all.Single(c => c.Id == id).Snippet;
        Assert.Equal(url == "http://audit.lan:8080/mcp", Of("claude-desktop").Contains("--allow-http", StringComparison.Ordinal));
        using var vscode = JsonDocument.Parse(Of("vscode"));
        Assert.Equal(("http", url), (Server(vscode, "servers").GetProperty("type").GetString(), Server(vscode, "servers").GetProperty("url").GetString()));
        using var stdio = JsonDocument.Parse(Of("stdio"));
        Assert.Equal("/srv/with \"quotes\"/run.sh", Server(stdio, "mcpServers").GetProperty("command").GetString());
        Assert.Equal($"[mcp_servers.omniaudit]\nurl = \"{url}\"{(withKey ? "\nenv_http_headers = { \"X-Api-Key\" = \"OMNIAUDIT_KEY\" }" : "")}", Of("codex"));

        static JsonElement Server(JsonDocument file, string servers) => file.RootElement.GetProperty(servers).GetProperty("omniaudit");
    }

    /// <summary>The curl command's headers and body, sent as they stand.</summary>
    [Fact]
    public async Task PlainHttp_AsItIsPrinted_IsACallOfTheAgent()
    {
        await using var app = await TestApp.StartAsync(o => (o.Mcp.AuthMode, o.Mcp.ApiKey) = ("api_key", "the-configured-key-of-default"));
        var agent = await app.Get<AgentDirectory>().AddAsync("pasted", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var snippet = ClientConfigurations.For(app.Url + "mcp", true, "run.sh").Single(c => c.Id == "http").Snippet.Replace("$OMNIAUDIT_KEY", agent.Key, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, snippet.Split(' ')[2]);
        request.Content = new StringContent(snippet.Split("-d '")[1].TrimEnd('\''));
        foreach (Match header in HeaderOption().Matches(snippet))
        {
            if (header.Groups[1].Value == "Content-Type") request.Content.Headers.ContentType = new(header.Groups[2].Value);
            else request.Headers.Add(header.Groups[1].Value, header.Groups[2].Value);
        }
        using var response = await app.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = Assert.Single(await app.Get<AuditQueries>().ListAsync(new CallFilter(Actor: agent.Agent.Actor.Subject), CancellationToken.None));
        Assert.Equal(("core.health", CallStatus.Succeeded, "pasted"), (call.Tool, call.Status, call.ActorName));
    }

    [Fact]
    public async Task Readme_HasTheSameTextsAsTheVerbAndThePage()
    {
        var file = SourceTree.At("README.md");
        var text = await File.ReadAllTextAsync(file);
        var section = "\n" + ClientConfigurations.Markdown(ClientConfigurations.For("http://127.0.0.1:8080/mcp", true, "/path/to/omniaudit/run.sh")) + "\n";
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (SourceTree.WritesDocs) await File.WriteAllTextAsync(file, text = text[..begin] + section + text[end..]);
        end = text.IndexOf(End, StringComparison.Ordinal);
        Assert.Equal(section, text[begin..end]);
    }

    [GeneratedRegex("""-H ['"]([^:'"]+): ([^'"]+)['"]""", RegexOptions.NonBacktracking)]
    private static partial Regex HeaderOption();
}
