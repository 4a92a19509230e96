using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.AdminOps.Ingest;

/// <summary>
/// Microsoft's token endpoint, Graph's audit lists and the Management Activity API on a loopback port, as their documentation and the field describe them, with the faults
/// that a test orders. For this process or another one. Thread safe.
/// </summary>
internal sealed partial class MicrosoftStandIn : IAsyncDisposable
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string Client = "99999999-8888-7777-6666-555555555555";
    public const string Secret = "only-for-tests~secret";

    private readonly Lock _lock = new();
    private readonly List<StandInEvent> _events = [];
    private readonly List<StandInBlob> _blobs = [];
    private readonly List<(StandInFault Fault, int Left, int Skip)> _faults = [];
    private readonly List<(string Method, string Target, bool HasToken)> _requests = [];
    private readonly Dictionary<string, (string Scope, DateTimeOffset Until)> _tokens = new(StringComparer.Ordinal);
    private readonly HashSet<string> _subscriptions = new(StringComparer.Ordinal);
    private WebApplication _app = null!;
    private int _issued;

    public string Url => _app.Urls.First().TrimEnd('/');

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>How long a token lives, in seconds.</summary>
    public int TokenSeconds { get; set; } = 3600;
    /// <summary>An AADSTS code with which sign-ins are refused; null lets them in.</summary>
    public string? SignInRefusal { get; set; }
    public int GraphPage { get; set; } = 50;
    public int BlobPage { get; set; } = 20;
    /// <summary>The name of the header for the next page of a listing.</summary>
    public string NextPageHeader { get; set; } = "NextPageUri";
    /// <summary>repeat: a link that leads to itself; beyond: Intune's link after the end; elsewhere: one to another host.</summary>
    public string? NextLinkFault { get; set; }
    /// <summary>The list of subscriptions is empty though they are there: the start answers AF20024.</summary>
    public bool HidesSubscriptions { get; set; }
    /// <summary>v1.0 of Intune's list answers 400.</summary>
    public bool IntuneNeedsBeta { get; set; }
    /// <summary>Each listing names every blob twice.</summary>
    public bool ListsTwice { get; set; }
    /// <summary>How long every answer takes.</summary>
    public TimeSpan Slowness { get; set; }

    public IReadOnlyList<(string Method, string Target, bool HasToken)> Requests
    {
        get { lock (_lock) return [.. _requests]; }
    }

    /// <summary>All ids of a source that can be had at all.</summary>
    public HashSet<string> Ids(string source)
    {
        lock (_lock) return [.. _events.Where(e => e.Source == source).Select(e => e.Id), .. _blobs.Where(_ => source == EventSources.Unified).Where(b => b.Fault == BlobFault.None).SelectMany(b => b.Events).Select(e => e.Id)];
    }

    public static async Task<MicrosoftStandIn> StartAsync()
    {
        var standIn = new MicrosoftStandIn();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        standIn._app = builder.Build();
        standIn._app.Run(standIn.AnswerAsync);
        await standIn._app.StartAsync();
        return standIn;
    }

    public void Configure(OmniAuditOptions options, params string[] sources)
    {
        var o = options.AdminOps;
        (o.TenantId, o.ClientId, o.ClientSecret, o.LoginUrl, o.GraphUrl, o.ManagementUrl, o.Sources) = (Tenant, Client, Secret, Url, Url, Url, sources);
    }

    /// <summary>The same for a server process.</summary>
    public Dictionary<string, string> Settings(params string[] sources) => new()
    {
        ["ADMINOPS_TENANT_ID"] = Tenant, ["ADMINOPS_CLIENT_ID"] = Client, ["ADMINOPS_CLIENT_SECRET"] = Secret, ["ADMINOPS_LOGIN_URL"] = Url, ["ADMINOPS_GRAPH_URL"] = Url, ["ADMINOPS_MANAGEMENT_URL"] = Url,
        ["ADMINOPS_SOURCES"] = string.Join(',', sources),
    };

    public void Add(IEnumerable<StandInEvent> events)
    {
        lock (_lock) _events.AddRange(events);
    }

    /// <summary>Puts unified events into blobs of a content type, each made shortly after the last of its events.</summary>
    public void AddBlobs(string contentType, IEnumerable<StandInEvent> events, int perBlob)
    {
        lock (_lock)
        {
            foreach (var chunk in events.OrderBy(e => e.Time).Chunk(perBlob))
            {
                var created = chunk[^1].Time.AddSeconds(1);
                _blobs.Add(new StandInBlob(contentType, $"{created:yyyyMMddHHmmssfff}${contentType.ToLowerInvariant()}$na{_blobs.Count:d4}", created, chunk.Max(e => e.Visible), chunk));
            }
        }
    }

    public List<StandInBlob> Blobs
    {
        get { lock (_lock) return [.. _blobs]; }
    }

    public void Break(StandInFault fault)
    {
        lock (_lock) _faults.Add((fault, fault.Times, fault.Skip));
    }

    /// <summary>The routes of the faults that have not all happened.</summary>
    public List<string> FaultsToCome
    {
        get { lock (_lock) return [.. _faults.Where(f => f.Left > 0).Select(f => f.Fault.Route)]; }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var target = http.Request.Path + http.Request.QueryString.ToUriComponent();
        var bearer = http.Request.Headers.Authorization.ToString();
        StandInFault? fault;
        lock (_lock)
        {
            _requests.Add((http.Request.Method, target, bearer.Length > 0));
            fault = FaultFor(Uri.UnescapeDataString(target));
        }
        if (Slowness > TimeSpan.Zero) await Task.Delay(Slowness);
        if (fault is { Status: 0 })
        {
            http.Abort();
            return;
        }
        if (fault is not null)
        {
            if (fault.RetryAfter is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString();
            await SendAsync(http, fault.Status, fault.Body);
            return;
        }
        var path = http.Request.Path.Value!;
        if (path.EndsWith("/oauth2/v2.0/token", StringComparison.Ordinal)) await TokenAsync(http);
        else if (!IsSignedIn(bearer, path.StartsWith("/api/", StringComparison.Ordinal) ? "manage" : "graph")) await SendAsync(http, 401, """{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed, the token is expired."}}""");
        else if (path.StartsWith("/api/", StringComparison.Ordinal)) await ManagementAsync(http, path);
        else await GraphAsync(http, path);
    }

    private StandInFault? FaultFor(string target)
    {
        for (var i = 0; i < _faults.Count; i++)
        {
            var (fault, left, skip) = _faults[i];
            if (left == 0 || !target.Contains(fault.Route, StringComparison.Ordinal)) continue;
            _faults[i] = skip > 0 ? (fault, left, skip - 1) : (fault, left - 1, 0);
            return skip > 0 ? null : fault;
        }
        return null;
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (SignInRefusal is { } code)
        {
            await SendAsync(http, 400, JsonSerializer.Serialize(new { error = "unauthorized_client", error_description = $"{code}: The client application is missing service principal in the tenant.\r\nTrace ID: 1\r\nTimestamp: now" }));
            return;
        }
        if (form["client_id"] != Client || form["client_secret"] != Secret || form["grant_type"] != "client_credentials" || http.Request.Path != $"/{Tenant}/oauth2/v2.0/token")
        {
            await SendAsync(http, 401, """{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 2"}""");
            return;
        }
        string token;
        lock (_lock)
        {
            token = $"token-{++_issued}-{Guid.NewGuid():N}";
            // Both APIs are this server here: the token is good for both.
            _tokens[token] = (form["scope"].ToString(), Time.GetUtcNow().AddSeconds(TokenSeconds));
        }
        await SendAsync(http, 200, JsonSerializer.Serialize(new { token_type = "Bearer", expires_in = TokenSeconds, ext_expires_in = TokenSeconds, access_token = token }));
    }

    private bool IsSignedIn(string bearer, string api)
    {
        lock (_lock) return bearer.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.TryGetValue(bearer[7..], out var token) && token.Until > Time.GetUtcNow() && token.Scope == $"{Url}/.default" && api.Length > 0;
    }

    private static async Task SendAsync(HttpContext http, int status, string body, string type = "application/json; charset=utf-8")
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    }
}
