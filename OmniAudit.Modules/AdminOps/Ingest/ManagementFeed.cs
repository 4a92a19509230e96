using System.Globalization;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Ingest.Http;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>A blob as a listing names it.</summary>
internal sealed record ContentBlob(string Id, string Uri, DateTimeOffset Created, DateTimeOffset Expires);

/// <summary>A blob's records, or why there are none: a state of <see cref="CoverageStates"/> and words.</summary>
internal sealed record BlobContent(byte[] Body, IReadOnlyList<ReadOnlyMemory<byte>> Records, string State, string Reason);

/// <summary>The Office 365 Management Activity API (learn.microsoft.com/office/office-365-management-api): subscriptions, listings, blobs.</summary>
internal sealed class ManagementFeed(MicrosoftHttp http, OmniAuditOptions options, IngestLimits limits, TimeProvider time)
{
    /// <summary>Its codes for a blob that is not to be had: it does not exist, has expired, its id is invalid.</summary>
    private static readonly Dictionary<string, string> Gaps = new(StringComparer.Ordinal) { ["AF20050"] = CoverageStates.Missing, ["AF20051"] = CoverageStates.Expired, ["AF20052"] = CoverageStates.Missing };

    private readonly RequestPace _pace = new(limits.Management.Requests, limits.Management.Within, time);

    private string Api => options.AdminOps.ManagementUrl;

    private string Root => $"{Api.TrimEnd('/')}/api/v1.0/{options.AdminOps.TenantId}/activity/feed";

    private string Publisher => $"PublisherIdentifier={options.AdminOps.TenantId}";

    /// <summary>The content types whose subscription is enabled.</summary>
    public async Task<IReadOnlySet<string>> SubscribedAsync(CancellationToken cancellationToken)
    {
        var answer = await http.SendAsync(HttpMethod.Get, Api, new Uri($"{Root}/subscriptions/list?{Publisher}"), _pace, cancellationToken);
        using var document = answer.Json();
        if (document?.RootElement is not { ValueKind: JsonValueKind.Array } list) throw new FetchException(FetchErrors.BadAnswer, "The Management Activity API's list of subscriptions is none.");
        return list.EnumerateArray().Where(s => MicrosoftAnswer.Text(s, "status").Equals("enabled", StringComparison.OrdinalIgnoreCase)).Select(s => MicrosoftAnswer.Text(s, "contentType")).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Starts a subscription; one that is there already is as good.</summary>
    public async Task SubscribeAsync(string contentType, CancellationToken cancellationToken)
    {
        try
        {
            _ = await http.SendAsync(HttpMethod.Post, Api, new Uri($"{Root}/subscriptions/start?contentType={contentType}&{Publisher}"), _pace, cancellationToken);
        }
        catch (FetchException already) when (already.Code == "AF20024")
        {
            // "The subscription is already enabled": somebody else was first. Not in the documentation, but in its answers.
        }
    }

    /// <summary>The blobs that were made in a window of at most 24 hours. The end does not belong to it.</summary>
    /// <param name="stopped">Called when the listing did not end but was ended, with the reason.</param>
    public async Task<(List<ContentBlob> Blobs, List<byte[]> Bodies)> ListAsync(string contentType, DateTimeOffset from, DateTimeOffset to, Action<string> stopped, CancellationToken cancellationToken)
    {
        var (blobs, bodies, seen) = (new List<ContentBlob>(), new List<byte[]>(), new HashSet<string>(StringComparer.Ordinal));
        var next = new Uri($"{Root}/subscriptions/content?contentType={contentType}&startTime={Plain(from)}&endTime={Plain(to)}&{Publisher}");
        while (true)
        {
            if (!seen.Add(next.AbsoluteUri))
            {
                stopped("The listing's next page leads back to one that was read.");
                break;
            }
            MicrosoftAnswer answer;
            try
            {
                answer = await http.SendAsync(HttpMethod.Get, Api, next, _pace, cancellationToken);
            }
            catch (FetchException bad) when (bad.Code == "AF20031" && seen.Count > 1)
            {
                stopped("The listing's next page is refused (AF20031).");
                break;
            }
            bodies.Add(answer.Body);
            blobs.AddRange(Blobs(answer));
            if (answer.NextPage.Length == 0) break;
            if (seen.Count >= limits.Pages)
            {
                stopped(string.Create(CultureInfo.InvariantCulture, $"The listing did not end after {seen.Count} pages."));
                break;
            }
            next = Uri.TryCreate(answer.NextPage, UriKind.Absolute, out var address) ? address : throw new FetchException(FetchErrors.BadAnswer, "NextPageUri is no address.");
        }
        return (blobs, bodies);
    }

    /// <summary>A blob's content. What cannot be had, however often it is asked for, comes back as its reason.</summary>
    /// <exception cref="FetchException">It cannot be had now.</exception>
    public async Task<BlobContent> FetchAsync(ContentBlob blob, CancellationToken cancellationToken)
    {
        if (blob.Expires <= time.GetUtcNow()) return new BlobContent([], [], CoverageStates.Expired, $"It expired on {blob.Expires.UtcDateTime:yyyy-MM-dd HH:mm} UTC.");
        if (!Uri.TryCreate(blob.Uri, UriKind.Absolute, out var address) || !MicrosoftHttp.IsOf(Api, address)) return new BlobContent([], [], CoverageStates.Refused, $"Its address leads elsewhere ({MicrosoftAnswer.Shown(blob.Uri.Length <= 200 ? blob.Uri : blob.Uri[..200])}); nothing was sent there.");
        MicrosoftAnswer answer;
        try
        {
            answer = await http.SendAsync(HttpMethod.Get, Api, new Uri($"{blob.Uri}{(address.Query.Length > 0 ? "&" : "?")}{Publisher}"), _pace, cancellationToken);
        }
        catch (FetchException gap) when (Gaps.TryGetValue(gap.Code, out var state) || (gap.Kind == FetchErrors.Rejected && gap.Message.Contains(" 404.", StringComparison.Ordinal)))
        {
            return new BlobContent([], [], Gaps.GetValueOrDefault(gap.Code, CoverageStates.Missing), gap.Message);
        }
        catch (FetchException large) when (large.Code == "too_large")
        {
            return new BlobContent([], [], CoverageStates.Refused, large.Message);
        }
        using var document = answer.Json();
        return document?.RootElement is { ValueKind: JsonValueKind.Array } list
            ? new BlobContent(answer.Body, RecordList.Of(list), CoverageStates.Fetched, "")
            : new BlobContent(answer.Body, [], CoverageStates.Refused, "It is no JSON array of records.");
    }

    private static IEnumerable<ContentBlob> Blobs(MicrosoftAnswer answer)
    {
        using var document = answer.Json();
        if (document?.RootElement is not { ValueKind: JsonValueKind.Array } list) throw new FetchException(FetchErrors.BadAnswer, "The Management Activity API's listing is none.");
        foreach (var item in list.EnumerateArray())
        {
            var (id, uri) = (MicrosoftAnswer.Text(item, "contentId"), MicrosoftAnswer.Text(item, "contentUri"));
            if (id.Length == 0) id = uri;
            if (id.Length == 0) continue;
            yield return new ContentBlob(id, uri, Time(item, "contentCreated") ?? DateTimeOffset.UnixEpoch, Time(item, "contentExpiration") ?? DateTimeOffset.MaxValue);
        }
    }

    private static DateTimeOffset? Time(JsonElement item, string name) => Normalising.RecordTime.TryParse(MicrosoftAnswer.Text(item, name));

    /// <summary>Without a Z, as the API wants it.</summary>
    private static string Plain(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
}
