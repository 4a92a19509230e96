using System.Globalization;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Ingest.Http;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>A page of a list of Graph.</summary>
internal sealed record GraphPage(byte[] Body, IReadOnlyList<ReadOnlyMemory<byte>> Records);

/// <summary>The audit lists of Microsoft Graph: directoryAudits, signIns, Intune's auditEvents, a window of time each.</summary>
internal sealed class GraphFeed(MicrosoftHttp http, OmniAuditOptions options, IngestLimits limits, TimeProvider time)
{
    public const string Interactive = "interactiveUser";

    // Directory and sign-ins share one limit.
    private readonly RequestPace _auditLogs = new(limits.AuditLogs.Requests, limits.AuditLogs.Within, time);
    private readonly RequestPace _intune = new(limits.Intune.Requests, limits.Intune.Within, time);
    /// <summary>v1.0 has refused Intune's list where beta answers; the first that works is kept.</summary>
    private string _intuneVersion = "v1.0";

    /// <summary>Every page of a window, in the order that Graph gives. Both ends belong to it.</summary>
    /// <param name="stopped">Called when the list did not end but was ended, with the reason.</param>
    /// <exception cref="FetchException">A page cannot be had.</exception>
    public async IAsyncEnumerable<GraphPage> PagesAsync(string source, string kind, DateTimeOffset from, DateTimeOffset to, Action<string> stopped, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var api = options.AdminOps.GraphUrl;
        var pace = source == EventSources.Intune ? _intune : _auditLogs;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (next, pages, empty) = (AddressOf(source, kind, from, to), 0, 0);
        while (next is not null)
        {
            seen.Add(next.AbsoluteUri);
            var answer = await FirstOrNextAsync(source, next, pages == 0, kind, from, to, pace, api, cancellationToken);
            var (page, link) = Read(answer);
            yield return page;
            pages++;
            empty = page.Records.Count == 0 ? empty + 1 : 0;
            if (link is null) yield break;
            next = Uri.TryCreate(link, UriKind.Absolute, out var address) ? address : throw new FetchException(FetchErrors.BadAnswer, "Graph's link to the next page is no address.");
            // Known faults: Intune links on after its end, and links that lead to themselves. An empty page of the others may stand before full ones.
            if (empty >= (source == EventSources.Intune ? 1 : 3)) yield break;
            if (!seen.Add(next.AbsoluteUri))
            {
                stopped("Graph's link to the next page leads back to one that was read.");
                yield break;
            }
            seen.Remove(next.AbsoluteUri);
            if (pages < limits.Pages) continue;
            stopped(string.Create(CultureInfo.InvariantCulture, $"The list did not end after {pages} pages."));
            yield break;
        }
    }

    private async Task<MicrosoftAnswer> FirstOrNextAsync(string source, Uri address, bool isFirst, string kind, DateTimeOffset from, DateTimeOffset to, RequestPace pace, string api, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(HttpMethod.Get, api, address, pace, cancellationToken);
        }
        catch (FetchException refused) when (refused.Kind == FetchErrors.Rejected && source == EventSources.Intune && isFirst && _intuneVersion == "v1.0")
        {
            _intuneVersion = "beta";
            return await http.SendAsync(HttpMethod.Get, api, AddressOf(source, kind, from, to), pace, cancellationToken);
        }
    }

    private Uri AddressOf(string source, string kind, DateTimeOffset from, DateTimeOffset to)
    {
        var root = options.AdminOps.GraphUrl.TrimEnd('/');
        var (path, field, rest, top) = source switch
        {
            EventSources.Directory => ("v1.0/auditLogs/directoryAudits", "activityDateTime", "&$orderby=activityDateTime asc", 500),
            EventSources.SignIn when kind == Interactive => ("v1.0/auditLogs/signIns", "createdDateTime", "", 1000),
            EventSources.SignIn => ("beta/auditLogs/signIns", "createdDateTime", "", 1000),
            EventSources.Intune => ($"{_intuneVersion}/deviceManagement/auditEvents", "activityDateTime", "", 500),
            _ => throw new ArgumentOutOfRangeException(nameof(source), source, "no list of Graph"),
        };
        var filter = $"{field} ge {Z(from)} and {field} le {Z(to)}";
        if (source == EventSources.SignIn && kind != Interactive) filter += $" and signInEventTypes/any(t:t eq '{kind}')";
        return new Uri($"{root}/{path}?$filter={Uri.EscapeDataString(filter)}{rest.Replace(" ", "%20", StringComparison.Ordinal)}&$top={top}");
    }

    private static string Z(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static (GraphPage Page, string? Next) Read(MicrosoftAnswer answer)
    {
        using var document = answer.Json() ?? throw new FetchException(FetchErrors.BadAnswer, "Graph answers with something that is no JSON.");
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.Array) throw new FetchException(FetchErrors.BadAnswer, "Graph answers without a list.");
        var next = MicrosoftAnswer.Text(root, "@odata.nextLink");
        return (new GraphPage(answer.Body, RecordList.Of(value)), next.Length > 0 ? next : null);
    }
}
