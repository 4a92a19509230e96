using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>The resource catalogue as MCP resources. What a caller may not see is answered like what is not there.</summary>
internal sealed class McpResources(ResourceCatalog resources, ToolCatalog tools)
{
    private const string Json = "application/json";

    /// <summary>Of a page; a new receipt or request makes it old, so clients ask again soon.</summary>
    private static readonly TimeSpan ListTtl = TimeSpan.FromSeconds(5);

    public async ValueTask<ListResourcesResult> ListAsync(RequestContext<ListResourcesRequestParams> request, CancellationToken cancellationToken)
    {
        try
        {
            var (entries, cursor) = await resources.ListAsync(ReaderOf(request), request.Params?.Cursor, cancellationToken);
            List<Resource> listed = [.. entries.Select(Describe)];
            // Made once and of no age: after what is newest.
            if (request.Params?.Cursor is null && SeesCard(request)) listed.Add(McpApprovalCard.Resource());
            return new ListResourcesResult { Resources = listed, NextCursor = cursor, TimeToLive = ListTtl, CacheScope = CacheScope.Private };
        }
        catch (FormatException wrong)
        {
            throw new McpProtocolException("cursor: is not one of mine. Use nextCursor of an earlier answer, or leave it out.", wrong, McpErrorCode.InvalidParams);
        }
    }

    public ValueTask<ListResourceTemplatesResult> ListTemplatesAsync(RequestContext<ListResourceTemplatesRequestParams> request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ListResourceTemplatesResult
        {
            ResourceTemplates = [.. resources.Templates(ReaderOf(request)).Select(t => new ResourceTemplate { UriTemplate = t.UriTemplate, Name = t.Name, Title = t.Title, Description = t.Description, MimeType = Json })],
            TimeToLive = TimeSpan.FromMinutes(5),
            CacheScope = CacheScope.Private,
        });

    public async ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken)
    {
        var uri = request.Params?.Uri ?? throw new McpProtocolException("uri: is required.", McpErrorCode.InvalidParams);
        if (uri == McpApprovalCard.Uri && SeesCard(request)) return new ReadResourceResult { Contents = [McpApprovalCard.Contents()], TimeToLive = TimeSpan.FromHours(1), CacheScope = CacheScope.Private };
        try
        {
            if (await resources.ReadAsync(uri, ReaderOf(request), cancellationToken) is not { } page) throw Missing(request, uri);
            return new ReadResourceResult { Contents = [new TextResourceContents { Uri = uri, MimeType = Json, Text = McpText.MarkedJson(page.Text) }], TimeToLive = TimeSpan.Zero, CacheScope = CacheScope.Private };
        }
        catch (FormatException wrong)
        {
            throw new McpProtocolException($"uri: {wrong.Message}", wrong, McpErrorCode.InvalidParams);
        }
        catch (ObjectStoreUnavailableException away)
        {
            throw new McpProtocolException($"object_store_unavailable: {away.ForCallers}", away, McpErrorCode.InternalError);
        }
    }

    /// <summary>Since 2026-07-28 invalid parameters with the URI as data (SEP-2164), before that a code of its own.</summary>
    public static McpProtocolException Missing<TParams>(RequestContext<TParams> request, string uri) => new(
        $"uri: there is no resource '{Bounded(uri)}'. resources/list and resources/templates/list name what there is.",
        request.JsonRpcRequest.Context?.ProtocolVersion == McpProtocol.Stateless ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound) { Data = { ["uri"] = Bounded(uri) } };

    public ResourceReader ReaderOf<TParams>(RequestContext<TParams> request)
    {
        var caller = McpCaller.Of(request.User).Caller;
        return new ResourceReader(caller.Actor.Subject, name => tools.Find(name) is { } tool && caller.Scope.Covers(tool)) { MayRead = caller.Scope.CoversRepository };
    }

    /// <summary>It shows writes: who may ask for none has no use for it.</summary>
    private bool SeesCard<TParams>(RequestContext<TParams> request)
    {
        var scope = McpCaller.Of(request.User).Caller.Scope;
        return tools.All.Any(t => t.Risk == ToolRisk.Write && scope.Covers(t));
    }

    /// <summary>The resources that a tool's result names, for clients whose protocol version has links.</summary>
    public IEnumerable<ContentBlock> LinksIn(JsonElement result, string? version)
    {
        if (version is null || string.CompareOrdinal(version, "2025-06-18") < 0 || result.ValueKind != JsonValueKind.Object) yield break;
        foreach (var field in result.EnumerateObject().Where(p => p.Name.EndsWith("_uri", StringComparison.Ordinal) && p.Value.ValueKind == JsonValueKind.String))
        {
            if (field.Value.GetString() is { } uri && resources.KindOf(uri) is { } kind)
                yield return new ResourceLinkBlock { Uri = uri, Name = kind.Name, Title = kind.Title, Description = kind.Description, MimeType = Json };
        }
    }

    private static Resource Describe(ResourceEntry entry) => new()
    {
        Uri = entry.Uri,
        Name = entry.Uri["omniaudit://".Length..],
        Title = entry.Title,
        Description = $"{entry.Title}. In the console: {entry.Url}",
        MimeType = Json,
        Annotations = new Annotations { LastModified = entry.At },
    };

    private static string Bounded(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
