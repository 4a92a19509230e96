using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Tests.SiteLint;

namespace OmniAudit.Tests.Bench;

/// <summary>The pages that bench/sitelint looks at, the same for every auditor: a small one, a heavy one, one full of faults, and many.</summary>
internal static class SiteLintPages
{
    private static readonly byte[] Hero = Picture(800, 450), Thumb = Picture(160, 120);

    /// <summary>Says its address and serves until its input ends.</summary>
    public static async Task<int> ServeAsync()
    {
        await using var site = await TestSite.StartAsync(Map);
        Console.WriteLine(site.Url);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/small", () => TestSite.Html(Page("Small", "<img src=/thumb.png width=160 height=120 alt=Thumb><p>" + Words(60) + "</p>")));
        app.MapGet("/heavy", () => TestSite.Html(Page("Heavy", Heavy(), "<script src=/work.js?ms=60></script><script src=/work.js?ms=110 defer></script><link rel=stylesheet href=/more.css>")));
        app.MapGet("/faulty", () => TestSite.Html("<html><head></head><body><h1>Faulty</h1><img src=/thumb.png><img src=/missing.png alt=x><a href=/small>click here</a> <a href='javascript:void(0)'>go</a><a>none</a><input type=password onpaste='return false'><p style='color:#aaa;background:#fff'>pale</p><script>console.error('a fault'); navigator.geolocation && navigator.geolocation.getCurrentPosition(() => 0)</script><div style='height:1200px'></div></body></html>"));
        app.MapGet("/page/{number:int}", (int number) => TestSite.Html(Page("Page " + number.ToString(CultureInfo.InvariantCulture), "<img src=/hero.png width=800 height=450 alt=Hero><p>" + Words(40 + number) + "</p>" + (number % 5 == 0 ? "<img src=/thumb.png>" : ""))));
        app.MapGet("/", () => TestSite.Html(Page("All", string.Concat(Enumerable.Range(1, 40).Select(i => $"<a href=/page/{i}>Page {i}</a> ")))));
        app.MapGet("/style.css", () => Results.Content("body { font: 16px/1.5 serif; color: #222; max-width: 60em; margin: 1em auto } img { max-width: 100%; height: auto }", "text/css"));
        app.MapGet("/more.css", () => Results.Content(string.Concat(Enumerable.Range(0, 900).Select(i => $".c{i} {{ padding: {i % 7}px; border: 1px solid #ddd }}\n")), "text/css"));
        app.MapGet("/app.js", () => Results.Content("document.documentElement.dataset.ready = '1';", "text/javascript"));
        app.MapGet("/work.js", (int ms) => Results.Content($"(() => {{ let n = 0; for (let i = 0; i < {ms * 40_000}; i++) n = (n * 31 + i) | 0; window.work = n; }})();", "text/javascript"));
        app.MapGet("/hero.png", (HttpResponse r) => { r.Headers.CacheControl = "max-age=31536000"; return Results.Bytes(Hero, "image/png"); });
        app.MapGet("/thumb.png", () => Results.Bytes(Thumb, "image/png"));
        app.MapGet("/favicon.ico", () => Results.Bytes(Thumb, "image/png"));
        app.MapGet("/robots.txt", () => Results.Text("User-agent: *\nAllow: /\n"));
    }

    private static string Page(string title, string body, string head = "") =>
        $"<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width, initial-scale=1'><title>{title} page of the bench</title><meta name=description content='A page of the bench.'><link rel=stylesheet href=/style.css>{head}<script src=/app.js defer></script></head><body><main><h1>{title}</h1>{body}</main></body></html>";

    private static string Heavy()
    {
        var text = new StringBuilder("<img src=/hero.png width=800 height=450 alt=Hero>");
        for (var i = 0; i < 500; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<section class=c{i % 900}><h2>Part {i}</h2><p>{Words(30)}</p><ul><li>one</li><li>two</li><li>three</li></ul>");
            if (i % 12 == 0) text.Append(CultureInfo.InvariantCulture, $"<img src='/thumb.png?{i}' width=160 height=120 alt='Thumb {i}' loading=lazy>");
            text.Append("</section>");
        }
        return text.ToString();
    }

    private static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => i % 3 == 0 ? "lorem" : i % 3 == 1 ? "ipsum" : "dolor"));

    private static byte[] Picture(int width, int height)
    {
        var random = new Random(7);
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i / 3 % width * 255 / width / 8 * 8 + random.Next(4));
        return Png.Write(width, height, 3, pixels);
    }
}
