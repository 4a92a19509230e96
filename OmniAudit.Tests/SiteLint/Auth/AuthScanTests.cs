using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint.Auth;

/// <summary>Sign-ins in a real browser: they open the site, leave it never, and stand in nothing that is kept.</summary>
[Collection(RealBrowser.Name)]
public sealed class AuthScanTests
{
    private const string HeaderSecret = "hdr-4f81c0aa77", CookieSecret = "cke-93d2b1ee05", BasicSecret = "bsc-71aa0c3d9f", LoginSecret = "pwd-5e0d88b2c4", SessionSecret = "ses-0123456789abcdef";

    private static readonly string[] Secrets = [HeaderSecret, CookieSecret, BasicSecret, LoginSecret, SessionSecret, Convert.ToBase64String(Encoding.UTF8.GetBytes("ada:" + BasicSecret))];

    [Fact]
    public async Task Scan_WithHeadersCookiesAndBasic_SendsThemToItsOriginOnEveryHopAndKeepsNone()
    {
        var (own, foreign) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        await using var third = await TestSite.StartAsync(app =>
        {
            app.Use((context, next) => { foreign.Enqueue(Told(context)); return next(context); });
            app.MapFallback(() => TestSite.Html("<!doctype html><html lang=en><title>Third</title><h1>Third</h1>"));
        });
        var elsewhere = $"http://third.test:{new Uri(third.Url).Port}";
        await using var site = await TestSite.StartAsync(app =>
        {
            app.Use((context, next) => { own.Enqueue(Told(context)); return next(context); });
            app.MapGet("/robots.txt", (HttpContext c) => IsSignedIn(c) ? Results.Text("User-agent: *\nDisallow: /hidden") : Results.StatusCode(401));
            app.MapGet("/", (HttpContext c) => !IsSignedIn(c) ? Results.StatusCode(401) : TestSite.Html($"""
                <!doctype html><html lang=en><title>In {HeaderSecret}</title><h1>In</h1><p data-x="{CookieSecret}">{BasicSecret}</p>
                <img src="{elsewhere}/pixel.png"><img src="/hop"><iframe src="{elsewhere}/frame"></iframe><a href="/away">a</a><a href="/hidden">h</a><a href="/next?k={HeaderSecret}">n</a>
                <script>console.error('{CookieSecret}'); fetch('{elsewhere}/fetch', {"{mode:'no-cors', credentials:'include'}"}); fetch('/hop')</script>
                """));
            app.MapGet("/hop", () => Results.Redirect(elsewhere + "/hopped"));
            app.MapGet("/away", () => Results.Redirect(elsewhere + "/landing"));
            app.MapGet("/next", (HttpContext c) => IsSignedIn(c) ? TestSite.Html("<!doctype html><html lang=en><title>Next</title><h1>Next</h1>") : Results.StatusCode(401));
        });
        await using var world = await WorldAsync(site, third);
        var url = $"http://app.test:{new Uri(site.Url).Port}";
        var profile = await world.Get<AuthProfiles>().AddAsync(
            "app", new AuthShape([url]) { Headers = ["X-Key"], Cookies = ["sid"], BasicUser = "ada" },
            new Dictionary<string, string> { ["header:X-Key"] = HeaderSecret, ["cookie:sid"] = CookieSecret, ["basic"] = BasicSecret }, TestApp.Approver, default, ["*"]);

        var report = await ScanAsync(world, url, profile, budget: 5);

        Assert.Equal(["/ audited", "/away audited", "/next audited"], report.Pages.Where(p => p.Viewport == "desktop").Select(p => $"{new Uri(p.Url).AbsolutePath} {p.Outcome}"));
        Assert.Equal(new ReportAuth(profile.ProfileId, "app"), report.Auth);
        Assert.Contains(report.Crawl!.Skipped, s => s.Reason == "robots");
        Assert.All(own.Where(t => !t.StartsWith("/favicon", StringComparison.Ordinal)), t => Assert.Contains($"X-Key={HeaderSecret}", t, StringComparison.OrdinalIgnoreCase));
        foreach (var path in new[] { "/pixel.png", "/hopped", "/frame", "/fetch", "/landing" }) Assert.Contains(foreign, t => t.StartsWith(path + " ", StringComparison.Ordinal));
        AssertClean(string.Join('\n', foreign), "what the other site was sent");
        await AssertNothingStoredAsync(world);
    }

    [Fact]
    public async Task Scan_WithAScriptedLogin_IsSignedInInEveryViewportAndARejectedOneFailsWithTheReason()
    {
        await using var site = await TestSite.StartAsync(LoginSite);
        await using var world = await WorldAsync(site);
        var url = $"http://app.test:{new Uri(site.Url).Port}";
        var login = new AuthLogin(url + "/login", [new AuthStep("wait", "#user"), new AuthStep("fill", "#user", "ada"), new AuthStep("fill", "#pass", Secret: "password"), new AuthStep("click", "button")]);
        var profiles = world.Get<AuthProfiles>();
        var profile = await profiles.AddAsync("form", new AuthShape([url]) { Login = login }, new Dictionary<string, string> { ["password"] = LoginSecret }, TestApp.Approver, default, ["*"]);

        var report = await ScanAsync(world, url, profile, budget: 4);
        Assert.Equal(["/ desktop 200", "/ mobile 200", "/more desktop 200", "/more mobile 200"], report.Pages.Select(p => $"{new Uri(p.Url).AbsolutePath} {p.Viewport} {p.Status}"));
        Assert.All(report.Pages, p => Assert.Equal("Members", p.Title));
        await AssertNothingStoredAsync(world);

        await profiles.ReplaceSecretsAsync(profile.ProfileId, new Dictionary<string, string> { ["password"] = "wrong-password" }, TestApp.Approver, default);
        var rejected = await FailedAsync(world, url, profile);
        Assert.Equal("The auth profile 'form' does not sign in: a password field is still there after the last step. Replace its secrets if they have expired, mend its steps, or scan without it.", rejected);
        var expired = await profiles.AddAsync("cookie", new AuthShape([url]) { Cookies = ["session"] }, new Dictionary<string, string> { ["cookie:session"] = "expired-long-ago" }, TestApp.Approver, default, ["*"]);
        Assert.Contains($"{url}/ leads to the sign-in page {url}/login", await FailedAsync(world, url, expired), StringComparison.Ordinal);
        await AssertNothingStoredAsync(world);
    }

    private static void LoginSite(WebApplication app)
    {
        static bool In(HttpContext c) => c.Request.Cookies["session"] == SessionSecret;
        app.MapGet("/login", () => TestSite.Html("<!doctype html><html lang=en><title>Sign in</title><form method=post><input id=user name=user><input id=pass name=pass type=password><button>Sign in</button></form>"));
        app.MapPost("/login", async (HttpContext c) =>
        {
            var form = await c.Request.ReadFormAsync();
            if (form["user"] != "ada" || form["pass"] != LoginSecret) return Results.Redirect("/login?wrong");
            c.Response.Cookies.Append("session", SessionSecret, new CookieOptions { HttpOnly = true });
            return Results.Redirect("/");
        });
        app.MapGet("/", (HttpContext c) => In(c) ? TestSite.Html($"<!doctype html><html lang=en><title>Members</title><a href=/more>m</a><a href=/logout>o</a><p>{SessionSecret}</p>") : Results.Redirect("/login"));
        app.MapGet("/more", (HttpContext c) => In(c) ? TestSite.Html("<!doctype html><html lang=en><title>Members</title>") : Results.Redirect("/login"));
        app.MapGet("/logout", (HttpContext c) => { c.Response.Cookies.Delete("session"); return Results.Redirect("/login"); });
    }

    private static bool IsSignedIn(HttpContext c) =>
        c.Request.Headers["X-Key"] == HeaderSecret && c.Request.Cookies["sid"] == CookieSecret && c.Request.Headers.Authorization == "Basic " + Secrets[^1];

    private static string Told(HttpContext c) => $"{c.Request.Path} {c.Request.QueryString} {string.Join(' ', c.Request.Headers.Where(h => h.Key != "Referer").Select(h => $"{h.Key}={h.Value}"))}";

    private static async Task<ScanWorld> WorldAsync(params TestSite[] sites)
    {
        var world = await ScanWorld.StartAsync(
            [.. sites.SelectMany(s => new[] { $"app.test:{new Uri(s.Url).Port}", $"third.test:{new Uri(s.Url).Port}" })], (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]));
        await People.AddAsync(world.Get<Database>(), TestApp.Approver, "", Role.Admin);
        return world;
    }

    private static async Task<JobRow> RunAsync(ScanWorld world, string url, AuthProfile profile, int budget)
    {
        var started = await world.Tool<StartScanTool>().RunAsync(
            new StartScanTool.Input { Url = url, Profile = budget > 1 ? "standard" : "quick", ViewportSet = "desktop_mobile", CrawlBudget = budget, AuthProfile = profile.Name }, ScanWorld.Call(), default);
        return await world.RunJobAsync(started.JobId);
    }

    private static async Task<ScanReport> ScanAsync(ScanWorld world, string url, AuthProfile profile, int budget)
    {
        var job = await RunAsync(world, url, profile, budget);
        Assert.True(job.Status == JobStatus.Completed, job.Error);
        return await world.Get<ReportStore>().LoadAsync(job.ResultRef!, default);
    }

    private static async Task<string> FailedAsync(ScanWorld world, string url, AuthProfile profile)
    {
        var job = await RunAsync(world, url, profile, budget: 1);
        Assert.Equal(JobStatus.Failed, job.Status);
        return job.Error!;
    }

    /// <summary>Every byte below the data directory: the database with its log, reports, pictures, snapshots, sealed secrets.</summary>
    private static async Task AssertNothingStoredAsync(ScanWorld world)
    {
        var files = Directory.GetFiles(world.Options.Data, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            AssertClean(Encoding.Latin1.GetString(bytes.ToArray()), file);
        }
    }

    private static void AssertClean(string text, string what)
    {
        foreach (var secret in Secrets) Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{secret} stands in {what}");
    }
}
