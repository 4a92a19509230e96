using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Resources;

/// <summary>A kind of resource as it is listed.</summary>
public sealed record ResourceTemplateInfo(string UriTemplate, string Name, string Title, string Description);

/// <summary>What one read answers.</summary>
/// <param name="Uri">What was read, without its offset.</param>
/// <param name="Text">A JSON object of at most <see cref="ResourceCatalog.LongestText"/> characters as it is written into a JSON string.</param>
/// <param name="NextOffset">Where the rest begins; null when this was the end.</param>
/// <param name="Metadata">The short fields of its head, as text.</param>
public sealed record ResourcePage(string Uri, string Kind, string Title, string Url, string Text, int? NextOffset, IReadOnlyDictionary<string, string> Metadata);

/// <summary>Every kind of resource there is: lists, reads, completes and searches over all of them, each bounded.</summary>
public sealed class ResourceCatalog
{
    /// <summary>About 5,000 tokens; with what surrounds it in an answer it stays below <see cref="ResultBound.MaxLength"/>.</summary>
    public const int LongestText = 20_000;
    /// <summary>The most entries of a list page.</summary>
    public const int PageSize = 50;
    /// <summary>The most values of a completion (the protocol's bound).</summary>
    public const int MostValues = 100;

    private readonly IReadOnlyList<(ResourceKind Kind, string[] Segments)> _kinds;
    private readonly OmniAuditOptions _options;

    internal ResourceCatalog(IEnumerable<ResourceKind> kinds, OmniAuditOptions options)
    {
        _kinds = [.. kinds.OrderBy(k => k.UriTemplate, StringComparer.Ordinal).Select(k => (k, k.UriTemplate.Split('/')))];
        _options = options;
    }

    internal static ResourceCatalog FromAssemblies(IServiceProvider services, params IEnumerable<Assembly> assemblies) => new(
        assemblies.SelectMany(a => a.GetTypes()).Where(t => t is { IsClass: true, IsAbstract: false } && t.IsSubclassOf(typeof(ResourceKind)))
            .Select(t => (ResourceKind)ActivatorUtilities.CreateInstance(services, t)),
        services.GetRequiredService<OmniAuditOptions>());

    /// <summary>In the order of their templates: the list is the same on every call.</summary>
    public IReadOnlyList<ResourceTemplateInfo> Templates(ResourceReader reader) =>
        [.. Kinds(reader).Select(k => new ResourceTemplateInfo(k.UriTemplate, k.Name, k.Title, k.Description))];

    /// <summary>A page of resources of all kinds, newest first.</summary>
    /// <param name="cursor">Null for the newest, else the last page's.</param>
    /// <exception cref="FormatException">The cursor is not one of ours.</exception>
    public async Task<(IReadOnlyList<ResourceEntry> Entries, string? Cursor)> ListAsync(ResourceReader reader, string? cursor, CancellationToken cancellationToken)
    {
        if (cursor is not null && Ids.TimeOf("x_" + cursor) is null) throw new FormatException("The cursor is not one of mine.");
        var found = new List<ResourceEntry>();
        foreach (var kind in Kinds(reader)) found.AddRange(await kind.ListAsync(reader, cursor, PageSize + 1, cancellationToken));
        // A scan and its report bear the same mark: a page never ends between two of the same.
        var newest = found.OrderByDescending(e => e.Mark, StringComparer.Ordinal).ThenBy(e => e.Uri, StringComparer.Ordinal).ToList();
        if (newest.Count <= PageSize) return ([.. newest.Select(Absolute)], null);
        var end = PageSize;
        while (end < newest.Count && newest[end].Mark == newest[end - 1].Mark) end++;
        return ([.. newest.Take(end).Select(Absolute)], end < newest.Count ? newest[end - 1].Mark : null);
    }

    /// <summary>Reads what a URI names, from the offset that it may carry; null when there is nothing that this reader may see.</summary>
    /// <exception cref="FormatException">The offset is not a place in it; the message says so for the caller.</exception>
    public async Task<ResourcePage?> ReadAsync(string uri, ResourceReader reader, CancellationToken cancellationToken)
    {
        var (name, offset) = OffsetOf(uri);
        if (Match(name, reader) is not var (kind, variables)) return null;
        if (await kind.FindAsync(variables, reader, cancellationToken) is not { } document) return null;
        var entries = document.Entries ?? [];
        if (offset > 0 && offset >= entries.Count) throw new FormatException($"offset: must be below {entries.Count}, the number of entries of this resource.");
        var url = Absolute(document.Path);
        var (text, next) = Write(name, url, document, entries, offset);
        return new ResourcePage(name, kind.Name, document.Title, url, text, next, MetadataOf(kind, document.Head));
    }

    /// <summary>The URI of what an id alone names (<c>rcp_…</c>); anything else is a URI already, or names nothing.</summary>
    public string UriOf(string idOrUri)
    {
        if (idOrUri.Contains('/', StringComparison.Ordinal)) return idOrUri;
        var kind = _kinds.Select(k => k.Kind).FirstOrDefault(k => k.IdPrefix.Length > 0 && idOrUri.StartsWith(k.IdPrefix, StringComparison.Ordinal));
        return kind is null ? idOrUri : kind.UriTemplate[..kind.UriTemplate.IndexOf('{', StringComparison.Ordinal)] + idOrUri;
    }

    /// <summary>The kind that a URI is of, whether or not there is such a thing; null for none.</summary>
    public ResourceTemplateInfo? KindOf(string uri) =>
        Match(uri, ResourceReader.Of("")) is var (kind, _) ? new ResourceTemplateInfo(kind.UriTemplate, kind.Name, kind.Title, kind.Description) : null;

    /// <summary>True when there is such a resource for this reader.</summary>
    public async Task<bool> ExistsAsync(string uri, ResourceReader reader, CancellationToken cancellationToken) =>
        Match(uri, reader) is var (kind, variables) && await kind.FindAsync(variables, reader, cancellationToken) is not null;

    /// <summary>Values of a template's variable that begin so; null when there is no such template or variable.</summary>
    /// <returns>At most <see cref="MostValues"/> values, and whether there are more.</returns>
    public async Task<(IReadOnlyList<string> Values, bool HasMore)?> CompleteAsync(
        string template, string variable, string prefix, IReadOnlyDictionary<string, string> known, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (Kinds(reader).FirstOrDefault(k => k.UriTemplate == template) is not { } kind || !template.Contains($"{{{variable}}}", StringComparison.Ordinal)) return null;
        var values = await kind.CompleteAsync(variable, prefix, known, reader, MostValues + 1, cancellationToken);
        return ([.. values.Take(MostValues)], values.Count > MostValues);
    }

    /// <summary>Newest first, over all kinds: those in whose texts every word occurs.</summary>
    public async Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken)
    {
        var found = new List<ResourceEntry>();
        foreach (var kind in Kinds(reader))
        {
            // "receipts acme" asks for receipts: the kind's own name is matched by the kind.
            var own = words.Where(w => !w.Equals(kind.Name, StringComparison.OrdinalIgnoreCase) && !w.Equals(kind.Name + "s", StringComparison.OrdinalIgnoreCase)).ToList();
            found.AddRange(await kind.SearchAsync(own, reader, take, cancellationToken));
        }
        return [.. found.OrderByDescending(e => e.Mark, StringComparer.Ordinal).ThenBy(e => e.Uri, StringComparer.Ordinal).Take(take).Select(Absolute)];
    }

    /// <summary>The URIs that read otherwise after the change, for whoever may see them.</summary>
    public IEnumerable<string> UrisOf(Change change) => _kinds.SelectMany(k => k.Kind.UrisOf(change));

    private IEnumerable<ResourceKind> Kinds(ResourceReader reader) => _kinds.Select(k => k.Kind).Where(k => reader.MayUse(k.Tool));

    private string Absolute(string path) => _options.App.PublicUrl.TrimEnd('/') + path;

    private ResourceEntry Absolute(ResourceEntry entry) => entry with { Url = Absolute(entry.Url) };

    private (ResourceKind Kind, IReadOnlyDictionary<string, string> Variables)? Match(string uri, ResourceReader reader)
    {
        var given = uri.Split('/');
        foreach (var (kind, segments) in _kinds)
        {
            if (segments.Length != given.Length || !reader.MayUse(kind.Tool)) continue;
            var variables = new Dictionary<string, string>(StringComparer.Ordinal);
            var fits = true;
            for (var i = 0; fits && i < segments.Length; i++)
            {
                if (segments[i] is ['{', .. var variable, '}']) fits = given[i].Length is > 0 and <= 100 && variables.TryAdd(variable, given[i]);
                else fits = segments[i] == given[i];
            }
            if (fits) return (kind, variables);
        }
        return null;
    }

    /// <summary>Only <c>?offset=N</c> is known: what else follows a question mark belongs to the name, and names nothing.</summary>
    private static (string Name, int Offset) OffsetOf(string uri)
    {
        const string Mark = "?offset=";
        var at = uri.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0) return (uri, 0);
        return int.TryParse(uri.AsSpan(at + Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? (uri[..at], offset)
            : throw new FormatException("offset: must be a number, as an earlier part of this resource gives it in next.");
    }

    private static (string Text, int? Next) Write(string uri, string url, ResourceDocument document, IReadOnlyList<JsonNode> entries, int offset)
    {
        var whole = new JsonObject { ["uri"] = uri, ["url"] = url };
        foreach (var (name, value) in document.Head) whole[name] = value?.DeepClone();
        if (document.ListName.Length == 0) return (Bounded(whole, LongestText), null);

        whole = (JsonObject)JsonNode.Parse(Bounded(whole, LongestText / 2))!;
        var shown = new JsonArray();
        var left = LongestText - LengthOf(whole) - 400;
        var end = offset;
        for (; end < entries.Count; end++)
        {
            var entry = JsonNode.Parse(Bounded(entries[end], LongestText / 4))!;
            left -= LengthOf(entry) + 1;
            if (left < 0) break;
            shown.Add(entry);
        }
        whole[document.ListName] = shown;
        whole["total"] = entries.Count;
        if (offset == 0 && end == entries.Count) return (Text(whole), null);
        whole["part"] = $"{document.ListName} {offset + 1} to {end} of {entries.Count}";
        if (end < entries.Count) whole["next"] = $"{uri}?offset={end}";
        return (Text(whole), end < entries.Count ? end : null);
    }

    /// <summary>A list of facts must not be lost to one long text: that text is cut, and says so.</summary>
    private static string Bounded(JsonNode node, int most)
    {
        var fitted = node;
        // What needs escaping counts several times: cut until it is short as it travels.
        for (var limit = most; LengthOf(fitted) > most && limit > 1_000; limit = limit * 3 / 4)
            fitted = JsonNode.Parse(ResultBound.Fit(JsonSerializer.SerializeToElement(node), limit).GetRawText())!;
        return Text(fitted);
    }

    private static string Text(JsonNode node) => node.ToJsonString(ResultBound.Writing);

    /// <summary>As part of a JSON string, which is how it travels.</summary>
    private static int LengthOf(JsonNode node) => JsonSerializer.Serialize(Text(node), ResultBound.Writing).Length;

    private static FrozenDictionary<string, string> MetadataOf(ResourceKind kind, JsonObject head)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal) { ["kind"] = kind.Name };
        foreach (var (name, value) in head)
        {
            if (value is JsonValue && value.ToString() is { Length: > 0 and <= 100 } text) facts.TryAdd(name, text);
        }
        return facts.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
