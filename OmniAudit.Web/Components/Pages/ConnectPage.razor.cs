using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>What to put where in each client, and whether it has called yet.</summary>
public sealed partial class ConnectPage
{
    private CallView? _last;

    [Inject] private AuditQueries Audit { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    private string Url => Options.App.PublicUrl.TrimEnd('/') + "/mcp";

    private bool NeedsKey => Options.Mcp.AuthMode != "none";

    private IEnumerable<(string Id, string Name, string Where, string Snippet)> Clients =>
    [
        ("chatgpt", "ChatGPT", "Settings, Connectors, developer mode, Create: give this address. ChatGPT reaches public https addresses only, so put this server behind one.", Url),
        ("claude-code", "Claude Code", "In a terminal.", $"claude mcp add --transport http omniaudit {Url} --header \"X-Api-Key: YOUR_KEY\""),
        ("claude-desktop", "Claude Desktop", "claude_desktop_config.json; the bridge needs Node.js.", $$"""
            {
              "mcpServers": {
                "omniaudit": {
                  "command": "npx",
                  "args": ["-y", "mcp-remote", "{{Url}}", "--header", "X-Api-Key:YOUR_KEY"]
                }
              }
            }
            """),
        ("vscode", "VS Code", ".vscode/mcp.json; VS Code asks for the key and keeps it.", $$"""
            {
              "inputs": [{ "type": "promptString", "id": "omniaudit-key", "description": "OmniAudit key", "password": true }],
              "servers": {
                "omniaudit": {
                  "type": "http",
                  "url": "{{Url}}",
                  "headers": { "X-Api-Key": "${input:omniaudit-key}" }
                }
              }
            }
            """),
        ("cursor", "Cursor", "~/.cursor/mcp.json", $$"""
            {
              "mcpServers": {
                "omniaudit": {
                  "url": "{{Url}}",
                  "headers": { "X-Api-Key": "YOUR_KEY" }
                }
              }
            }
            """),
    ];

    protected override bool Concerns(Change change) => change.Topic == Topics.Calls;

    protected override async Task LoadAsync() =>
        _last = (await Audit.ListAsync(new CallFilter(Take: 50), Left)).FirstOrDefault(c => c.ActorSubject.StartsWith("agent:", StringComparison.Ordinal));
}
