using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Tests.AdminOps.Ingest;

internal sealed partial class MicrosoftStandIn
{
    private async Task GraphAsync(HttpContext http, string path)
    {
        var source = path switch
        {
            "/v1.0/auditLogs/directoryAudits" => EventSources.Directory,
            "/v1.0/auditLogs/signIns" => EventSources.SignIn,
            "/v1.0/deviceManagement/auditEvents" or "/beta/deviceManagement/auditEvents" => EventSources.Intune,
            _ => null,
        };
        var filter = Filter().Match(http.Request.Query["$filter"].ToString());
        var field = source == EventSources.SignIn ? "createdDateTime" : "activityDateTime";
        if (source is null || !filter.Success || filter.Groups[1].Value != field || filter.Groups[3].Value != field || (IntuneNeedsBeta && path.StartsWith("/v1.0/deviceManagement", StringComparison.Ordinal)))
        {
            await SendAsync(http, 400, """{"error":{"code":"BadRequest","message":"Invalid filter clause"}}""");
            return;
        }
        var (from, to) = (Time2(filter.Groups[2].Value), Time2(filter.Groups[4].Value));
        List<StandInEvent> found;
        lock (_lock) found = [.. _events.Where(e => e.Source == source && e.Time >= from && e.Time <= to && e.Visible <= Time.GetUtcNow()).OrderBy(e => source == EventSources.SignIn ? -e.Time.Ticks : e.Time.Ticks)];
        var skip = int.TryParse(http.Request.Query["$skiptoken"], out var given) ? given : 0;
        var page = found.Skip(skip).Take(GraphPage).Select(e => e.Json);
        string Link(int at) => $"{Url}{path}?$filter={Uri.EscapeDataString(http.Request.Query["$filter"].ToString())}&$skiptoken={at}";
        var next = NextLinkFault switch
        {
            "repeat" => Link(skip > 0 ? skip : GraphPage),
            "elsewhere" => "https://graph.attacker.example/v1.0/auditLogs/directoryAudits?$skiptoken=1",
            "beyond" => Link(skip + GraphPage),
            _ => skip + GraphPage < found.Count ? Link(skip + GraphPage) : null,
        };
        // The count is wrong, as Intune's is.
        await SendAsync(http, 200, $$"""{"@odata.context":"{{Url}}/$metadata","@odata.count":{{found.Count + 7}},{{(next is null ? "" : $"\"@odata.nextLink\":\"{next}\",")}}"value":[{{string.Join(",\n ", page)}}]}""");
    }

    private async Task ManagementAsync(HttpContext http, string path)
    {
        var root = $"/api/v1.0/{Tenant}/activity/feed";
        var query = http.Request.Query;
        var type = query["contentType"].ToString();
        if (!path.StartsWith(root, StringComparison.Ordinal) && !path.StartsWith($"/api/v1/{Tenant}/activity/feed", StringComparison.Ordinal)) await SendAsync(http, 404, "{}");
        // Every request names its publisher, those for blobs too.
        else if (query["PublisherIdentifier"] != Tenant) await Af(http, 400, "AF20001");
        else if (path == $"{root}/subscriptions/list")
        {
            string list;
            lock (_lock) list = HidesSubscriptions ? "" : string.Join(',', _subscriptions.Select(s => $$"""{"contentType":"{{s}}","status":"enabled","webhook":null}"""));
            await SendAsync(http, 200, $"[{list}]");
        }
        else if (path == $"{root}/subscriptions/start" && http.Request.Method == "POST")
        {
            bool isNew;
            lock (_lock) isNew = _subscriptions.Add(type);
            if (isNew) await SendAsync(http, 200, $$"""{"contentType":"{{type}}","status":"enabled","webhook":null}""");
            else await Af(http, 400, "AF20024");
        }
        else if (path.EndsWith("/subscriptions/content", StringComparison.Ordinal)) await ListAsync(http);
        else if (path.StartsWith($"{root}/audit/", StringComparison.Ordinal)) await BlobAsync(http, Uri.UnescapeDataString(path[$"{root}/audit/".Length..]));
        else await SendAsync(http, 404, "{}");
    }

    private async Task ListAsync(HttpContext http)
    {
        var query = http.Request.Query;
        var type = query["contentType"].ToString();
        var (from, to, now) = (Time2(query["startTime"]!), Time2(query["endTime"]!), Time.GetUtcNow());
        bool subscribed;
        lock (_lock) subscribed = _subscriptions.Contains(type);
        if (!subscribed)
        {
            await Af(http, 400, "AF20022");
            return;
        }
        if (to - from > TimeSpan.FromHours(24) || from < now.AddDays(-7) || to <= from)
        {
            await Af(http, 400, "AF20030");
            return;
        }
        List<StandInBlob> found;
        lock (_lock) found = [.. _blobs.Where(b => b.ContentType == type && b.Created >= from && b.Created < to && b.Visible <= now)];
        if (ListsTwice) found = [.. found, .. found];
        var skip = int.TryParse(query["nextPage"], out var given) ? given : 0;
        if (skip + BlobPage < found.Count)
        {
            // As newer answers write it: another version in the path, names in lower case.
            http.Response.Headers[NextPageHeader] = $"{Url}/api/v1/{Tenant}/activity/feed/subscriptions/content?contenttype={type}&starttime={query["startTime"]}&endtime={query["endTime"]}&publisherIdentifier={Tenant}&nextpage={skip + BlobPage}";
        }
        var items = found.Skip(skip).Take(BlobPage).Select(b => $$"""
            {"contentType":"{{b.ContentType}}","contentId":"{{b.Id}}","contentUri":"{{(b.Fault == BlobFault.Elsewhere ? "https://manage.attacker.example" : Url)}}/api/v1.0/{{Tenant}}/activity/feed/audit/{{Uri.EscapeDataString(b.Id)}}","contentCreated":"{{Z(b.Created)}}","contentExpiration":"{{Z(b.Fault == BlobFault.ListedExpired ? now.AddMinutes(-1) : b.Created.AddDays(7))}}"}
            """);
        await SendAsync(http, 200, $"[{string.Join(',', items)}]");
    }

    private async Task BlobAsync(HttpContext http, string id)
    {
        StandInBlob? blob;
        lock (_lock) blob = _blobs.Find(b => b.Id == id);
        switch (blob?.Fault)
        {
            case null or BlobFault.Missing: await Af(http, 404, "AF20050"); break;
            case BlobFault.Expired or BlobFault.ListedExpired: await Af(http, 400, "AF20051"); break;
            case BlobFault.Invalid: await Af(http, 400, "AF20052"); break;
            case BlobFault.NotJson: await SendAsync(http, 200, "<html>maintenance</html>", "text/html"); break;
            default: await SendAsync(http, 200, $"[{string.Join(',', blob.Events.Select(e => e.Json))}]"); break;
        }
    }

    private static Task Af(HttpContext http, int status, string code) => SendAsync(http, status, $$$"""{"error":{"code":"{{{code}}}","message":"as documented"}}""");

    private static DateTimeOffset Time2(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string Z(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex("^(\\w+) ge (\\S+) and (\\w+) le (\\S+)$", RegexOptions.NonBacktracking)]
    private static partial Regex Filter();
}
