using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.SiteLint;

namespace OmniAudit.Tests.Browser;

/// <summary>A small shop with a few faults, for scans made from the console.</summary>
internal static class AuditedSite
{
    private const string Home = """
        <!doctype html><html><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Harbour Bakery</title>
        <style>body{font:18px/1.6 Georgia,serif;margin:0;color:#3b2f26;background:#fbf6ee}header{padding:3rem 2rem;background:#e8d5b7}h1{margin:0}main{padding:2rem;max-width:42rem}.faint{color:#cdbfae}.bread{width:100%;height:14rem;background:linear-gradient(135deg,#c58b52,#e9c58f)}</style></head>
        <body><header><h1>Harbour Bakery</h1><p class="faint">Bread since 1931</p></header><main><div class="bread"></div><h3>Today</h3><p>Rye, spelt and a plum tart.</p>
        <form><input placeholder="Your e-mail"><button></button></form><p><a href="/about">About us</a></p></main></body></html>
        """;

    public static Task<TestSite> StartAsync() => TestSite.StartAsync(app =>
    {
        app.MapGet("/", () => TestSite.Html(Home));
        app.MapGet("/about", () => TestSite.Html(Home.Replace("Today", "About us", StringComparison.Ordinal)));
        app.MapGet("/favicon.ico", () => Results.NotFound());
    });

    /// <summary>Scans may visit the site, and webhooks go there; it has no page for them and answers 404.</summary>
    public static Action<OmniAuditOptions> Allow(TestSite site) => options =>
    {
        options.Policy.UrlAllowlist = [site.Authority];
        (options.Webhooks.Urls, options.Webhooks.Secret) = ([site.Url + "/hooks"], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    };

    public static object Arguments(TestSite site) => new { url = site.Url + "/", profile = "standard", viewport_set = "desktop_mobile" };
}
