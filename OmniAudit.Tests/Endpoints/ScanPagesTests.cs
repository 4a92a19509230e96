using System.Net;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Endpoints;

/// <summary>The pages about scans as the server first sends them, on reports in which everything is filled in.</summary>
public sealed class ScanPagesTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    [Fact]
    public async Task Scans_FilteredByTheAddress_ListThoseWithTheirSites()
    {
        var scan = await FullScan.AddAsync(_app, "https://one.test");
        var other = await FullScan.AddAsync(_app, "https://two.test");

        var page = await GetAsync("/scans?site=one.test&status=completed&profile=standard&verdict=failed");

        Assert.Contains($"/scans/{scan}\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain(other, page, StringComparison.Ordinal);
        Assert.Contains("not kept", page, StringComparison.Ordinal);
        Assert.Contains("one scan so far", page, StringComparison.Ordinal);
        Assert.Contains("No scan matches", await GetAsync("/scans?site=nowhere.test"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "2 components")]
    [InlineData("?severity=s3", "1 of 3 findings")]
    [InlineData("?tab=pages", "performance 42")]
    [InlineData("?tab=compare", "regressed")]
    [InlineData("?tab=budgets", "1 budget not kept")]
    [InlineData("?tab=review", "Rules to judge")]
    [InlineData("?tab=crawl", "10.0.0.1 is private")]
    public async Task Scan_EachPart_IsAnAddress(string query, string expected)
    {
        var scan = await FullScan.AddAsync(_app, "https://parts.test");

        var page = await GetAsync($"/scans/{scan}{query}");

        Assert.Contains(expected, page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finding_HasAPageOfItsOwnWithEvidenceAndRule()
    {
        var scan = await FullScan.AddAsync(_app, "https://finding.test");

        var page = await GetAsync($"/scans/{scan}/findings/fnd_new");

        Assert.Contains("main &gt; img.logo", page, StringComparison.Ordinal);
        Assert.Contains("href=\"https://rules.test/image-alt\" target=\"_blank\" rel=\"noopener noreferrer\"", page, StringComparison.Ordinal);
        Assert.Contains("Picture of the first element at fault", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("There is no such finding", await GetAsync($"/scans/{scan}/findings/fnd_none"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_ShowsItsViewportsSideBySide()
    {
        var scan = await FullScan.AddAsync(_app, "https://page.test");

        var page = await GetAsync($"/scans/{scan}/pages/2");

        Assert.Contains("https://page.test/about", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("class=\"visit-view\"").Length - 1);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("There is no such page", await GetAsync($"/scans/{scan}/pages/3"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json", "application/json")]
    [InlineData("zip", "application/zip")]
    [InlineData("html", "text/html; charset=utf-8")]
    [InlineData("sarif", "application/sarif+json")]
    [InlineData("junit", "application/xml")]
    [InlineData("markdown", "text/markdown; charset=utf-8")]
    public async Task Report_InEveryFormat_IsADownload(string format, string type)
    {
        var scan = await FullScan.AddAsync(_app, "https://take.test");

        using var answer = await SendAsync($"/scans/{scan}/report/{format}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.True((await answer.Content.ReadAsByteArrayAsync()).Length > 100);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync($"/scans/{scan}/report/exe")).StatusCode);
    }

    [Fact]
    public async Task AuthProfiles_Listed_NeverShowASecret()
    {
        await _app.Get<AuthProfiles>().AddAsync(
            "customer", new AuthShape(["https://shop.test"]) { Cookies = ["sid"] }, new Dictionary<string, string> { ["cookie:sid"] = "the-secret-value" }, TestApp.Approver, CancellationToken.None);

        var page = await GetAsync("/auth-profiles");

        Assert.Contains("cookies sid", page, StringComparison.Ordinal);
        Assert.Contains("Add an auth profile", page, StringComparison.Ordinal);
        Assert.DoesNotContain("the-secret-value", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/scans/new", "Starting scans needs the role operator")]
    [InlineData("/schedules", "needs the role operator")]
    [InlineData("/auth-profiles", "needs the role admin")]
    public async Task Pages_ForAViewer_SayWhichRoleIsNeeded(string path, string expected) =>
        Assert.Contains(expected, await GetAsync(path, "watcher", Role.Viewer), StringComparison.Ordinal);

    private async Task<string> GetAsync(string path, string person = "operator", Role role = Role.Admin)
    {
        using var answer = await SendAsync(path, person, role);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string person = "operator", Role role = Role.Admin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Cookie", await ConsoleCookie.ForAsync(_app.Services, person, role) } } };
        return await _app.Http.SendAsync(request);
    }
}
