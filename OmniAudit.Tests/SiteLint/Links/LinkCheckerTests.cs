using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Links;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.SiteLint.Links;

public sealed class LinkCheckerTests
{
    private static readonly Dictionary<string, VisitedPage> Nowhere = [];

    [Fact]
    public async Task Check_TargetsOfAllKinds_AreJudgedByProofOnly()
    {
        var tries = 0;
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapMethods("/ok", ["HEAD"], () => Results.Ok());
            app.MapGet("/get-only", () => "fine");
            app.MapMethods("/get-only", ["HEAD"], () => Results.StatusCode(405));
            app.MapMethods("/gone", ["HEAD", "GET"], () => Results.StatusCode(410));
            app.MapMethods("/private", ["HEAD", "GET"], () => Results.StatusCode(401));
            app.MapMethods("/busy", ["HEAD", "GET"], () => Results.StatusCode(429));
            app.MapMethods("/linkedin", ["HEAD", "GET"], () => Results.StatusCode(999));
            app.MapMethods("/broken", ["HEAD", "GET"], () => Results.StatusCode(500));
            app.MapMethods("/recovers", ["HEAD", "GET"], () => Results.StatusCode(++tries < 3 ? 503 : 200));
            app.MapMethods("/moved", ["HEAD", "GET"], () => Results.Redirect("/ok"));
        });
        string[] links = [.. new[] { "/ok", "/get-only", "/gone", "/private", "/busy", "/linkedin", "/broken", "/recovers", "/moved", "/nothing", "/logout", "/item/delete?id=1", "/session/sign-off", "/shop?add-to-cart=3", "/how-to-remove-stains-from-wood" }.Select(p => site.Url + p),
            "mailto:a@site.example", "tel:+1", "javascript:void(0)", "http://10.0.0.5/", "http://no-such-host.test/"];

        var outcome = await CheckAsync(site, [(site.Url + "/", links)], Nowhere);

        Assert.Equal(
            ["/gone broken 410", "/private unverified 401", "/busy unverified 429", "/linkedin unverified 999", "/broken broken 500", "/nothing broken 404", "/how-to-remove-stains-from-wood broken 404", "10.0.0.5 unverified 0", "no-such-host.test broken 0"],
            outcome.Report.Problems.Select(p => $"{(new Uri(p.Url).AbsolutePath is "/" ? new Uri(p.Url).Host : new Uri(p.Url).AbsolutePath)} {p.Verdict} {p.Status}"));
        Assert.Equal((13, 4, 5, 4, 0), (outcome.Report.Checked, outcome.Report.Ok, outcome.Report.Broken, outcome.Report.Unverified, outcome.Report.Unchecked));
        Assert.Equal(["s2", "s2", "s2", "s2", "s3"], outcome.Sightings.Select(s => s.Sighting.Severity));
        Assert.DoesNotContain(site.Hits, h => h.Contains("logout", StringComparison.Ordinal) || h.Contains("delete", StringComparison.Ordinal) || h.Contains("sign-off", StringComparison.Ordinal) || h.Contains("add-to-cart", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_OneTargetOnManyPages_IsAskedOnceAndNamesThem()
    {
        await using var site = await TestSite.StartAsync(_ => { });
        var pages = Enumerable.Range(0, 12).Select(i => ($"{site.Url}/p{i}", (IReadOnlyList<string>)[site.Url + "/gone", site.Url + "/gone#part", site.Url + "/known"])).ToList();

        var outcome = await CheckAsync(site, pages, new Dictionary<string, VisitedPage> { [site.Url + "/known"] = new(200, []) });

        Assert.Equal(2, site.Hits.Count(h => h == "/gone"));
        Assert.DoesNotContain("/known", site.Hits);
        Assert.Equal((2, 1, 1), (outcome.Report.Checked, outcome.Report.Ok, outcome.Report.Broken));
        Assert.Equal(10, Assert.Single(outcome.Report.Problems).Pages.Count);
        Assert.Equal(12, outcome.Sightings.Count);
        Assert.Single(outcome.Sightings.Select(s => s.Sighting).Distinct());
    }

    [Fact]
    public async Task Check_Fragments_AreLookedUpWhereThePageIsKnown()
    {
        await using var site = await TestSite.StartAsync(app => app.MapMethods("/far", ["HEAD"], () => Results.Ok()));
        var visited = new Dictionary<string, VisitedPage> { [site.Url + "/a"] = new(200, ["one", "zwei ü"]), [site.Url + "/cut"] = new(200, null), [site.Url + "/gone"] = new(404, []) };

        var outcome = await CheckAsync(site, [(site.Url + "/a", ["/a#one", "/a#zwei%20%C3%BC", "/a#two", "/a#top", "/a#", "/a#/route", "/cut#x", "/far#x", "/gone#x"])], visited);

        // A page that is not there is at fault as a whole, not by its places.
        Assert.Equal("/gone broken 404", string.Join(' ', outcome.Report.Problems.Where(p => p.Url.EndsWith("/gone", StringComparison.Ordinal)).Select(p => $"/gone {p.Verdict} {p.Status}")));
        var problem = Assert.Single(outcome.Report.Problems, p => !p.Url.EndsWith("/gone", StringComparison.Ordinal));
        Assert.Equal((site.Url + "/a#two", "broken"), (problem.Url, problem.Verdict));
        Assert.Equal("links/broken s2 links/broken-fragment s4", string.Join(' ', outcome.Sightings.Select(s => $"{s.Sighting.Rule} {s.Sighting.Severity}")));
    }

    [Theory]
    [InlineData("soft", "broken")]
    [InlineData("shell", "")]
    [InlineData("home", "broken")]
    [InlineData("login", "unverified")]
    public async Task Check_SiteThatSaysOkToEverything_IsSeenThrough(string kind, string verdict)
    {
        const string Missing = "<h1>Sorry</h1><p>We could not find what you were looking for. Please try the search or go back to the start.</p>";
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapMethods("/real", ["HEAD", "GET"], () => TestSite.Html(kind == "shell" ? Missing : "<h1>Real</h1><p>These are the words of a page that exists and has something to say of its own.</p>"));
            if (kind != "shell") app.MapMethods("/", ["HEAD", "GET"], () => TestSite.Html("<h1>Start</h1><p>Welcome to the start of this little site with some words of its own.</p>"));
            app.MapMethods("/login", ["HEAD", "GET"], () => TestSite.Html("<h1>Log in</h1>"));
            app.MapFallback(() => kind switch { "home" => Results.Redirect("/"), "login" => Results.Redirect("/login"), _ => TestSite.Html(Missing) });
        });

        var outcome = await CheckAsync(site, [(site.Url + "/start", ["/real", "/dead"])], Nowhere);

        Assert.Equal(verdict.Length == 0 ? [] : new[] { $"/dead {verdict}" }, outcome.Report.Problems.Select(p => $"{new Uri(p.Url).AbsolutePath} {p.Verdict}"));
    }

    [Fact]
    public async Task Check_MoreTargetsThanTheBound_CountsTheRest()
    {
        await using var site = await TestSite.StartAsync(app => app.MapMethods("/{n}", ["HEAD"], () => Results.Ok()));

        var outcome = await CheckAsync(site, [(site.Url + "/", [.. Enumerable.Range(0, 10).Select(i => $"/{i}")])], Nowhere, new LinkLimits(Targets: 4, Total: TimeSpan.FromMinutes(1)));

        Assert.Equal((4, 4, 6), (outcome.Report.Checked, outcome.Report.Ok, outcome.Report.Unchecked));
    }

    [Fact]
    public async Task Check_ManyTargetsOfOneHost_AreAskedTwoAtATime()
    {
        var (under, most) = (0, 0);
        await using var site = await TestSite.StartAsync(app => app.MapMethods("/{n}", ["HEAD"], async () =>
        {
            var now = Interlocked.Increment(ref under);
            lock (Nowhere) most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref under);
            return Results.Ok();
        }));

        await CheckAsync(site, [(site.Url + "/", [.. Enumerable.Range(0, 40).Select(i => $"/{i}")])], Nowhere);

        Assert.InRange(most, 1, 2);
    }

    private static async Task<LinkOutcome> CheckAsync(TestSite site, IReadOnlyList<(string Page, IReadOnlyList<string> Links)> pages, IReadOnlyDictionary<string, VisitedPage> visited, LinkLimits? limits = null)
    {
        var options = new OmniAuditOptions();
        // "*": the other hosts are judged by their addresses, as with an empty list.
        options.Policy.UrlAllowlist = [site.Authority, "*"];
        var policy = new UrlPolicy(options, (host, _) => Task.FromResult<IReadOnlyList<System.Net.IPAddress>>([]));
        await using var fence = new FilteringProxy(policy, FenceLimits.Default, TimeProvider.System);
        using var http = new FencedHttp(fence);
        var checker = new LinkChecker(http, fence.Ledger, limits ?? new LinkLimits(Total: TimeSpan.FromMinutes(1)), TimeProvider.System);
        return await checker.CheckAsync([.. pages.Select(p => (p.Page, (IReadOnlyList<string>)[.. p.Links.Select(l => l.StartsWith('/') ? site.Url + l : l)]))], visited, default);
    }
}
