using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Tests.SiteLint;

namespace OmniAudit.Tests.Browser;

/// <summary>The single-file report in a real browser, from disk, with the network off.</summary>
[Collection(BrowserTests.Name)]
public sealed class HtmlReportTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Report_OpenedFromDisk_AsksForNothing_AndIsAccessible()
    {
        var path = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():N}.html");
        await using var context = await chromium.Browser.NewContextAsync(new() { Offline = true, ColorScheme = ColorScheme.Light });
        var page = await context.NewPageAsync();
        var (asked, errors) = (new List<string>(), new List<string>());
        page.Request += (_, request) => asked.Add(request.Url);
        page.Console += (_, message) => { if (message.Type == "error") errors.Add(message.Text); };
        // A picture as the browser makes it goes through the same reading as every screenshot.
        await page.SetContentAsync("<body style='margin:0;background:linear-gradient(red,blue);height:1500px'>");
        var thumbnail = Thumbnail.Make(new MemoryStream(await page.ScreenshotAsync(new() { FullPage = true })), 200, 260);
        Assert.NotNull(thumbnail);
        await File.WriteAllBytesAsync(path, HtmlReport.Write(ReportFormatTests.Compared(), new Dictionary<string, string> { ["shot"] = $"data:image/png;base64,{Convert.ToBase64String(thumbnail)}" }));
        asked.Clear();
        try
        {
            await page.GotoAsync("file://" + path);

            Assert.Equal(["file://" + path], asked.Where(a => !a.StartsWith("data:", StringComparison.Ordinal)));
            Assert.Equal("SiteLint report: https://site.test/", await page.TitleAsync());
            var size = await page.EvaluateAsync<int[]>("() => { const i = document.querySelector('img.thumb'); return [i.naturalWidth, i.naturalHeight]; }");
            Assert.Equal([200, 234], size);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                Assert.Empty((await page.RunAxe()).Violations.Select(v => $"{scheme}: {v.Id} ({v.Help}): {string.Join(" | ", v.Nodes.Select(n => n.Html).Take(3))}"));
            }
            await page.SetViewportSizeAsync(390, 844);
            Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= 390"), "It is wider than a phone.");
            Assert.Empty(errors);
            if (Environment.GetEnvironmentVariable("OMNIAUDIT_SAMPLES") is { Length: > 0 } directory)
            {
                await page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(directory, "report-phone-dark.png") });
                await page.SetViewportSizeAsync(1200, 900);
                await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
                await page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(directory, "report-light.png") });
                await page.EmulateMediaAsync(new() { Media = Media.Print });
                await page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(directory, "report-print.png") });
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
