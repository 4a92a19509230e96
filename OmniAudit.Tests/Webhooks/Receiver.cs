using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Webhooks;

/// <summary>What a receiver got.</summary>
internal sealed record Arrived(string Path, string Id, string Timestamp, string Signature, byte[] Body, string ContentType, string UserAgent, IReadOnlyList<string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A real HTTP server that takes events on any path and answers as it is told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new(StringComparer.Ordinal);
    private readonly TestSite _site;

    private Receiver(TestSite site) => _site = site;

    public string Authority => _site.Authority;
    public ConcurrentQueue<Arrived> All { get; } = new();

    public static async Task<Receiver> StartAsync()
    {
        Receiver? receiver = null;
        var site = await TestSite.StartAsync(app => app.Map("/{name}", (HttpContext context) => receiver!.TakeAsync(context)));
        return receiver = new Receiver(site);
    }

    public string Url(string name) => $"{_site.Url}/{name}";

    public void Answer(string name, Func<HttpContext, Task> answer) => _answers["/" + name] = answer;

    public void Answer(string name, int status) => Answer(name, context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });

    public IReadOnlyList<Arrived> At(string name) => [.. All.Where(a => a.Path == "/" + name)];

    public Task<IReadOnlyList<Arrived>> WaitAsync(string name, int count) =>
        Eventually.GetAsync(() => Task.FromResult(At(name)), seen => seen.Count >= count, $"{count} at /{name}");

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers;
        All.Enqueue(new Arrived(context.Request.Path, headers["webhook-id"]!, headers["webhook-timestamp"]!, headers["webhook-signature"]!, body.ToArray(),
            context.Request.ContentType ?? "", headers.UserAgent!, [.. headers.Keys.Select(k => k.ToLowerInvariant())]));
        if (_answers.TryGetValue(context.Request.Path, out var answer)) await answer(context);
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();
}
