using System.Text;
using System.Text.Json;

namespace OmniAudit.Web.Clients;

/// <summary>What one client wants, ready to paste. Holds no secret: keys are read from the environment or stand as <see cref="ClientConfigurations.Placeholder"/>.</summary>
/// <param name="Id">For addresses and the command line.</param>
/// <param name="Where">Where it goes, and what to know before.</param>
/// <param name="Language"><c>json</c>, <c>toml</c>, <c>sh</c> or <c>text</c>.</param>
/// <param name="Source">The client's own documentation of this form.</param>
internal sealed record ClientConfiguration(string Id, string Name, string Where, string Language, string Snippet, string Source);

/// <summary>The one source of these texts for <c>./run.sh clients</c>, the console's page and the README.</summary>
internal static class ClientConfigurations
{
    /// <summary>The variable that clients read the key from.</summary>
    public const string KeyVariable = "OMNIAUDIT_KEY";

    /// <summary>Where a client has no variables, the key goes in place of this.</summary>
    public const string Placeholder = "YOUR_KEY";

    /// <param name="url">Of the endpoint, ending in <c>/mcp</c>.</param>
    /// <param name="withKey">False for the anonymous agent, who has none.</param>
    /// <param name="runScript">The path of run.sh on the machine of the client.</param>
    public static IReadOnlyList<ClientConfiguration> For(string url, bool withKey, string runScript)
    {
        var (address, script) = (JsonSerializer.Serialize(url), JsonSerializer.Serialize(runScript));
        return
        [
            new("chatgpt", "ChatGPT",
                "Settings, Connectors, Advanced: switch Developer mode on; then Create, with this address as connector URL. ChatGPT calls from the Internet: the address must be public https (APP_PUBLIC_URL). Its form takes no key: choose OAuth if this server is set up for it, or put a proxy in front that adds the header X-Api-Key.",
                "text", url, "https://developers.openai.com/apps-sdk/deploy/connect-chatgpt"),
            new("claude-desktop", "Claude Desktop",
                "Settings, Developer, Edit Config: claude_desktop_config.json. Its file knows programs only, so mcp-remote (Node.js) carries the calls; on the machine of the server the stdio form below needs no bridge. Restart Claude afterwards.",
                "json", Join(
                    "{",
                    "  \"mcpServers\": {",
                    "    \"omniaudit\": {",
                    "      \"command\": \"npx\",",
                    $"      \"args\": [\"-y\", \"mcp-remote\", {address}{(NeedsAllowHttp(url) ? ", \"--allow-http\"" : "")}{(withKey ? $", \"--header\", \"X-Api-Key:${{{KeyVariable}}}\"" : "")}]{(withKey ? "," : "")}",
                    withKey ? $"      \"env\": {{ \"{KeyVariable}\": \"{Placeholder}\" }}" : null,
                    "    }",
                    "  }",
                    "}"), "https://www.npmjs.com/package/mcp-remote"),
            new("claude-code", "Claude Code",
                withKey ? $"In a terminal, with the key in the variable {KeyVariable}. Claude Code keeps what the shell puts there." : "In a terminal.",
                "sh", $"claude mcp add --transport http omniaudit {url}{(withKey ? $" --header \"X-Api-Key: ${KeyVariable}\"" : "")}", "https://code.claude.com/docs/en/mcp"),
            new("vscode", "VS Code",
                withKey ? ".vscode/mcp.json, or MCP: Open User Configuration. VS Code asks for the key once and keeps it." : ".vscode/mcp.json, or MCP: Open User Configuration.",
                "json", Join(
                    "{",
                    withKey ? "  \"inputs\": [{ \"type\": \"promptString\", \"id\": \"omniaudit-key\", \"description\": \"OmniAudit key\", \"password\": true }]," : null,
                    "  \"servers\": {",
                    "    \"omniaudit\": {",
                    "      \"type\": \"http\",",
                    $"      \"url\": {address}{(withKey ? "," : "")}",
                    withKey ? "      \"headers\": { \"X-Api-Key\": \"${input:omniaudit-key}\" }" : null,
                    "    }",
                    "  }",
                    "}"), "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration"),
            new("cursor", "Cursor",
                withKey ? $"~/.cursor/mcp.json, or .cursor/mcp.json in a project. Cursor reads the key from the variable {KeyVariable} it was started with." : "~/.cursor/mcp.json, or .cursor/mcp.json in a project.",
                "json", Join(
                    "{",
                    "  \"mcpServers\": {",
                    "    \"omniaudit\": {",
                    $"      \"url\": {address}{(withKey ? "," : "")}",
                    withKey ? $"      \"headers\": {{ \"X-Api-Key\": \"${{env:{KeyVariable}}}\" }}" : null,
                    "    }",
                    "  }",
                    "}"), "https://cursor.com/docs/mcp"),
            new("codex", "Codex",
                withKey ? $"~/.codex/config.toml. Codex reads the key from the variable {KeyVariable} it was started with." : "~/.codex/config.toml.",
                "toml", Join(
                    "[mcp_servers.omniaudit]",
                    $"url = {address}",
                    withKey ? $"env_http_headers = {{ \"X-Api-Key\" = \"{KeyVariable}\" }}" : null), "https://developers.openai.com/codex/mcp"),
            new("stdio", "Any client over stdio",
                "For clients on the machine of the server that start programs (Claude Desktop, Cursor, …). It shares the server's data; what it asks for is decided in the same console.",
                "json", Join(
                    "{",
                    "  \"mcpServers\": {",
                    "    \"omniaudit\": {",
                    $"      \"command\": {script},",
                    $"      \"args\": [\"mcp-stdio\"]{(withKey ? "," : "")}",
                    withKey ? $"      \"env\": {{ \"{KeyVariable}\": \"{Placeholder}\" }}" : null,
                    "    }",
                    "  }",
                    "}"), "https://modelcontextprotocol.io/docs/develop/connect-local-servers"),
            new("http", "Plain HTTP",
                withKey ? $"Any program that can POST JSON; here curl, with the key in the variable {KeyVariable}." : "Any program that can POST JSON; here curl.",
                "sh", Join(
                    $"curl -sS {url} \\",
                    "  -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\",
                    "  -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: core.health' \\",
                    withKey ? $"  -H \"X-Api-Key: ${KeyVariable}\" \\" : null,
                    """  -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"core.health","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}'"""),
                "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports"),
        ];
    }

    /// <summary>run.sh of the checkout that this program was built in; a stand-in where it was installed without one.</summary>
    public static string RunScript()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var script = new FileInfo(Path.Combine(folder.FullName, "run.sh"));
            if (script.Exists) return script.FullName;
        }
        return "/path/to/omniaudit/run.sh";
    }

    /// <summary>The section of the README.</summary>
    public static string Markdown(IEnumerable<ClientConfiguration> clients)
    {
        var text = new StringBuilder();
        foreach (var client in clients)
            text.Append($"**{client.Name}**: {client.Where} ([source]({client.Source}))\n\n```{client.Language}\n{client.Snippet}\n```\n\n");
        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>mcp-remote refuses plain http to other machines unless it is told to.</summary>
    private static bool NeedsAllowHttp(string url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme == "http" && !parsed.IsLoopback;

    private static string Join(params string?[] lines) => string.Join('\n', lines.Where(l => l is not null));
}
