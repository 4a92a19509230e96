using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint;

namespace OmniAudit.Web.Mcp;

/// <summary>Values that begin as the user has typed: for the variables of resource templates, and for the arguments of prompts.</summary>
internal sealed class McpCompletions(ResourceCatalog resources, McpResources reading, ScanQueries scans, OmniAuditOptions options)
{
    private const int ScansLookedAt = 200;

    public async ValueTask<CompleteResult> CompleteAsync(RequestContext<CompleteRequestParams> request, CancellationToken cancellationToken)
    {
        var (argument, prefix) = (request.Params.Argument.Name, request.Params.Argument.Value);
        var known = request.Params.Context?.Arguments?.ToDictionary(StringComparer.Ordinal) ?? new Dictionary<string, string>(StringComparer.Ordinal);
        switch (request.Params.Ref)
        {
            case ResourceTemplateReference template:
                var completed = await resources.CompleteAsync(template.Uri ?? "", argument, prefix, known, reading.ReaderOf(request), cancellationToken)
                    ?? throw new McpProtocolException("ref.uri, argument.name: there is no resource template with this variable. resources/templates/list names them.", McpErrorCode.InvalidParams);
                return Answer(completed.Values, completed.HasMore);
            case PromptReference prompt when McpPrompts.Has(prompt.Name, argument):
                var values = (await ValuesAsync(argument, cancellationToken)).Where(v => v.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal).ToList();
                return Answer([.. values.Take(ResourceCatalog.MostValues)], values.Count > ResourceCatalog.MostValues, values.Count);
            default:
                throw new McpProtocolException("ref.name, argument.name: there is no prompt with this argument. prompts/list names them.", McpErrorCode.InvalidParams);
        }
    }

    /// <summary>What may be written to, and what was scanned lately: an agent can read both elsewhere.</summary>
    private async Task<IEnumerable<string>> ValuesAsync(string argument, CancellationToken cancellationToken) => argument switch
    {
        "repo" => options.Policy.RepoWriteAllowlist.Where(r => r.Contains('/', StringComparison.Ordinal)).Order(StringComparer.OrdinalIgnoreCase),
        "url" => (await scans.ListAsync(null, ScansLookedAt, cancellationToken)).Scans.Select(s => s.Url),
        "pages" => ["1", "5", "10", "20", "50"],
        _ => [],
    };

    private static CompleteResult Answer(IReadOnlyList<string> values, bool hasMore, int? total = null) =>
        new() { Completion = new Completion { Values = [.. values], HasMore = hasMore, Total = hasMore ? total : values.Count } };
}
