using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OmniAudit.Tests.GitHub;

/// <summary>
/// Where GitHub redirects downloads to: another origin, signed addresses that are good for a minute, and no patience with headers that do
/// not belong there (Azure answers 400 to an Authorization header).
/// </summary>
internal sealed class FakeStorage : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<FakeRequest> _requests = [];
    private readonly Dictionary<string, (byte[] Bytes, DateTimeOffset Until)> _objects = [];
    private readonly List<RouteFault> _faults = [];
    private WebApplication _app = null!;

    private FakeStorage() { }

    public string Url => _app.Urls.First().TrimEnd('/');

    /// <summary>For URL_ALLOWLIST, without which a loopback address is closed.</summary>
    public string HostAndPort => new Uri(Url).Authority;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(1);

    public IReadOnlyList<FakeRequest> Requests
    {
        get { lock (_lock) return [.. _requests]; }
    }

    public static async Task<FakeStorage> StartAsync()
    {
        var storage = new FakeStorage();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        storage._app = builder.Build();
        storage._app.Run(storage.AnswerAsync);
        await storage._app.StartAsync();
        return storage;
    }

    public RouteFault Break(RouteFault fault)
    {
        lock (_lock) _faults.Add(fault);
        return fault;
    }

    /// <summary>A new signed address of these bytes.</summary>
    public string Sign(byte[] bytes)
    {
        lock (_lock)
        {
            var signature = $"{_objects.Count + 1:x8}";
            _objects[signature] = (bytes, Time.GetUtcNow() + Lifetime);
            return $"{Url}/blob?sig={signature}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = new FakeRequest(
            context.Request.Method, context.Request.Path + context.Request.QueryString, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), "");
        RouteFault? fault;
        lock (_lock)
        {
            _requests.Add(request);
            fault = _faults.Find(f => f.Take(request));
        }
        await (fault is null ? ServeAsync() : fault.Act(context, ServeAsync));

        async Task ServeAsync()
        {
            (byte[] Bytes, DateTimeOffset Until) found;
            lock (_lock) _objects.TryGetValue(context.Request.Query["sig"].ToString(), out found);
            context.Response.StatusCode = context.Request.Headers.Keys.Any(h => h is not "Host" and not "Connection" and not "Accept-Encoding") ? 400 : found.Bytes is null ? 404 : found.Until < Time.GetUtcNow() ? 403 : 200;
            if (context.Response.StatusCode != 200)
            {
                await context.Response.WriteAsync($"<Error><Code>AuthenticationFailed</Code><Time>{Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)}</Time></Error>");
                return;
            }
            context.Response.ContentType = "application/zip";
            context.Response.ContentLength = found.Bytes!.Length;
            await context.Response.Body.WriteAsync(found.Bytes);
        }
    }
}
