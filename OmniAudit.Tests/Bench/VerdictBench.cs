using System.Text.Json;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.Bench;

/// <summary>Our verdicts on given pages, as a line of JSON each, for bench/lighthouse-verdicts.sh to lay beside Lighthouse's. Only what the judge reads is observed: nothing is measured.</summary>
internal static class VerdictBench
{
    private static readonly JsonSerializerOptions FactsJson = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    public static async Task<int> RunAsync(IReadOnlyList<string> urls)
    {
        var options = new OmniAuditOptions();
        options.Policy.UrlAllowlist = [.. urls.Select(u => new Uri(u).Authority), .. urls.Select(u => "localhost:" + new Uri(u).Port)];
        var policy = new UrlPolicy(options, (_, _) => Task.FromResult<IReadOnlyList<System.Net.IPAddress>>([System.Net.IPAddress.Loopback]));
        await using var fence = new FilteringProxy(policy, FenceLimits.Default, TimeProvider.System);
        await using var session = await BrowserSession.StartAsync(options.SiteLint, fence, MemoryWatch.DefaultLimit, TimeProvider.System, default);
        using var http = new FencedHttp(fence);
        var context = await session.NewContextAsync(Viewport.Mobile412);
        foreach (var url in urls)
        {
            var verdict = PageJudge.Judge(await ObserveAsync(await context.NewPageAsync(), url, http));
            var audits = verdict.Audits.Where(a => a.Category is FindingCategory.Seo or FindingCategory.BestPractices).ToDictionary(a => a.Id, a => new { a.Score, a.Value });
            Console.WriteLine(JsonSerializer.Serialize(new { url, audits, seo = verdict.Scores.Seo, practices = verdict.Scores.BestPractices }, JsonSerializerOptions.Web));
        }
        return 0;
    }

    private static async Task<PageObservation> ObserveAsync(IPage page, string url, FencedHttp http)
    {
        var (issues, errors, failed, requests) = (new List<InspectorIssue>(), new List<string>(), new List<string>(), new List<PageRequest>());
        var cdp = await page.Context.NewCDPSessionAsync(page);
        cdp.Event("Audits.issueAdded").OnEvent += (_, e) => issues.Add(new InspectorIssue(e!.Value.GetProperty("issue").GetProperty("code").GetString()!, e.Value.GetProperty("issue").GetProperty("details").Clone()));
        cdp.Event("Log.entryAdded").OnEvent += (_, e) =>
        {
            if (e!.Value.GetProperty("entry").GetProperty("source").GetString() == "violation") issues.Add(new InspectorIssue("Violation", e.Value.GetProperty("entry").Clone()));
        };
        page.Console += (_, m) => { if (m.Type == "error") errors.Add(m.Text); };
        page.PageError += (_, e) => errors.Add(e);
        page.RequestFailed += (_, r) => { if (r.Failure != "net::ERR_ABORTED") failed.Add($"{r.Failure} {r.Url}"); };
        page.Request += (_, r) => requests.Add(new PageRequest(r.Url, r.ResourceType, 200, "", "", 0, 0, false, false, 0, 0, new Dictionary<string, string>()));
        await cdp.SendAsync("Audits.enable");
        await cdp.SendAsync("Log.enable");
        await cdp.SendAsync("Log.startViolationsReport", new Dictionary<string, object> { ["config"] = new[] { new { name = "discouragedAPIUse", threshold = -1 } } });
        var response = await page.GotoAsync(url, new PageGotoOptions { WaitUntil = WaitUntilState.NetworkIdle });
        var robots = await http.SendAsync(HttpMethod.Get, new Uri(new Uri(url), "/robots.txt").AbsoluteUri, 100_000, default);
        var facts = JsonSerializer.Deserialize<PageFacts>(await page.EvaluateAsync<string>(PageFacts.Script), FactsJson);
        var axe = await page.RunAxe();
        var observation = new PageObservation
        {
            Url = url, FinalUrl = page.Url, Viewport = Viewport.Mobile412, Status = response!.Status, Facts = facts, Axe = axe, Issues = [.. issues], ConsoleErrors = [.. errors], FailedRequests = [.. failed],
            Requests = [.. requests], Headers = [.. (await response.HeadersArrayAsync()).Select(h => KeyValuePair.Create(h.Name.ToLowerInvariant(), h.Value))], Robots = new RobotsAnswer(robots.Status, robots.Text),
        };
        await page.CloseAsync();
        return observation;
    }
}
