using System.Text.RegularExpressions;
using ModelContextProtocol.Protocol;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>How tools are named to a client (MCP_TOOL_NAMES). Names have a dot (<c>core.health</c>), which the specification allows (SEP-986) and some hosts reject. Calls may always use either spelling.</summary>
internal sealed class McpToolNames
{
    /// <summary>
    /// What the clientInfo.name of hosts begins with that reject a whole tool list, or cannot call its tools, for a dot in one name.
    /// Hosts behind a bridge append to theirs: "claude-ai (via mcp-remote 0.1.37)".
    /// </summary>
    private static readonly string[] RejectDots =
    [
        // Claude Desktop and claude.ai: "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'".
        // barryw/ImmichMCP#4, hostinger/api-mcp-server#49, l22-io/orchard-mcp#14, evoila/meho#2745.
        "claude-ai",
        "Anthropic/ClaudeAI",
        // Codex: the model's API answers 400. openai/codex#8174.
        "codex-mcp-client",
        // Copilot CLI: the model's API answers 400. github/copilot-cli#2581, #1879. Its other hosts share the name and lose nothing.
        "github-copilot-developer",
    ];

    private readonly string _setting;

    public McpToolNames(OmniAuditOptions options, ToolCatalog catalog)
    {
        _setting = options.Mcp.ToolNames;
        var names = new Regex($@"\b(?:{string.Join('|', catalog.All.Select(t => Regex.Escape(t.Name)))})\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        (Dotted, Underscore) = (new McpSpelling(null), new McpSpelling(names));
    }

    public McpSpelling Dotted { get; }
    public McpSpelling Underscore { get; }

    public McpSpelling For(Implementation? client) => _setting switch
    {
        "dotted" => Dotted,
        "underscore" => Underscore,
        _ => client is not null && RejectDots.Any(n => client.Name.StartsWith(n, StringComparison.OrdinalIgnoreCase)) ? Underscore : Dotted,
    };
}

/// <summary>One spelling of all names.</summary>
internal sealed class McpSpelling(Regex? names)
{
    public string Of(string name) => names is null ? name : name.Replace('.', '_');

    /// <summary>A text of ours, with the tools in it named as the client knows them.</summary>
    public string InText(string text) => names is null ? text : names.Replace(text, match => Of(match.Value));
}
