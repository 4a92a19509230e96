using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OmniAudit.Tests.SiteLint;

/// <summary>A web site on a loopback port of its own; remembers every path that was asked for.</summary>
internal sealed class TestSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestSite(WebApplication app) => _app = app;

    public string Url => _app.Urls.First().TrimEnd('/');

    public string Authority => new Uri(Url).Authority;

    public ConcurrentQueue<string> Hits { get; } = new();

    public static async Task<TestSite> StartAsync(Action<WebApplication> routes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var site = new TestSite(app);
        app.Use((context, next) =>
        {
            site.Hits.Enqueue(context.Request.Path + context.Request.QueryString);
            return next(context);
        });
        app.UseWebSockets();
        routes(app);
        await app.StartAsync();
        return site;
    }

    public static IResult Html(string text) => Results.Content(text, "text/html; charset=utf-8");

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
