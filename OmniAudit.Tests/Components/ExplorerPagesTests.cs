using System.Net;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.AdminOps;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Pages;
using OmniAudit.Web.Security;

namespace OmniAudit.Tests.Components;

/// <summary>The Explorer and its drawer, live, on a real store.</summary>
public sealed class ExplorerPagesTests(ExplorerPagesTests.World world) : ConsoleContext(services => services
    .AddLivePage(world.App).AddSingleton(world.App.Get<EventQuestions>()).AddSingleton(world.App.Get<EventExplainer>()).AddSingleton(world.App.Get<EventSearch>()).AddSingleton(world.App.Get<EventNotes>()).AddSingleton(world.App.Get<SourceHealth>())
    .AddSingleton<TimeProvider>(world.App.Time)), IClassFixture<ExplorerPagesTests.World>
{
    public sealed class World : IAsyncLifetime
    {
        internal TestApp App { get; private set; } = null!;

        internal string RoleEvent { get; private set; } = "";

        internal string LiarEvent { get; private set; } = "";

        public async Task InitializeAsync()
        {
            App = await TestApp.StartAsync();
            RoleEvent = await SampleEvents.FillAsync(App);
            var liar = SampleEvents.Of("liar", App.Time.GetUtcNow().AddMinutes(-2), "AzureActiveDirectory", "UserLoginFailed", EventOutcome.Failure, "=cmd|'/c calc'!A1", EventSources.Unified, raw: """{"ResultStatus":"Success"}""");
            LiarEvent = await SampleEvents.AddAsync(App, liar with { Event = liar.Event with { ResultRaw = "Success" } }) is [var id] ? EventId.Text(id) : "";
        }

        public async Task DisposeAsync() => await App.DisposeAsync();
    }

    private BunitNavigationManager Navigation => Services.GetRequiredService<BunitNavigationManager>();

    [Fact]
    public async Task FirstVisit_LeavesOutTheQuietServices_AndSaysSoInTheAddress()
    {
        var page = await ShowAsync("/adminops");
        page.WaitForAssertion(() => Assert.Equal("23 events", page.Find("[data-total]").TextContent));
        Assert.EndsWith("/adminops?range=7d&not_service=Exchange&not_service=SharePoint", Navigation.Uri, StringComparison.Ordinal);
        Assert.DoesNotContain(page.FindAll(".events .badge"), b => b.TextContent == "Exchange");
        Assert.Equal("?range=7d&not_service=Exchange&not_service=SharePoint", JSInterop.Invocations["omniauditEvents.remember"].Single().Arguments[1]);
    }

    [Fact]
    public async Task LaterVisit_BringsBackWhatWasLeftOut()
    {
        JSInterop.Setup<string?>("omniauditEvents.recall", "aoc_filters").SetResult("?range=24h&not_service=SignIn&start=2020-01-01T00:00:00Z");
        JSInterop.Setup<string?>("omniauditEvents.recall", "aoc_columns").SetResult("ip,when,nonsense");
        var page = await ShowAsync("/adminops?event=1");
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-total]")));
        Assert.EndsWith("/adminops?range=7d&not_service=SignIn&event=1", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(["Operation", "Address", "When"], page.FindAll(".events thead th").Select(h => h.TextContent));
    }

    [Fact]
    public async Task Link_OfSomebodyElse_IsNotRemembered_UntilItIsChanged()
    {
        var page = await ShowAsync("/adminops?range=all&service=Exchange");
        page.WaitForAssertion(() => Assert.Equal("5 events", page.Find("[data-total]").TextContent));
        Assert.Empty(JSInterop.Invocations["omniauditEvents.remember"]);
        Navigation.NavigateTo(page.Find("[data-chip=service]").GetAttribute("href")!);
        page.WaitForAssertion(() => Assert.Equal("28 events", page.Find("[data-total]").TextContent));
        Assert.Equal("?range=all", JSInterop.Invocations["omniauditEvents.remember"].Single().Arguments[1]);
    }

    /// <summary>The source calls a failed sign-in a success; the list does not.</summary>
    [Fact]
    public async Task Outcome_IsGreenForWhatWasDoneOnly()
    {
        var page = await ShowAsync("/adminops?range=7d&did=UserLoginFailed");
        var badge = page.WaitForElement("tr[data-row] [data-outcome]");
        Assert.Equal("failure", badge.TextContent);
        Assert.Contains("bad", badge.ClassList);
        var all = await ShowAsync("/adminops?range=all");
        all.WaitForAssertion(() => Assert.Equal(28, all.FindAll("tr[data-row] [data-outcome]").Count));
        Assert.All(all.FindAll("tr[data-row] .badge.good"), b => Assert.Equal("success", b.TextContent));
        Assert.All(all.FindAll("tr[data-row] [data-outcome=unknown]"), b => Assert.Contains("warn", b.ClassList));
    }

    [Fact]
    public async Task Pages_GoOnAndBack_WithoutRepeatingOne()
    {
        var page = await ShowAsync("/adminops?range=all&limit=10");
        page.WaitForAssertion(() => Assert.Equal("28 events", page.Find("[data-total]").TextContent));
        var seen = new List<string?>();
        for (var pages = 0; pages < 3; pages++)
        {
            seen.AddRange(page.FindAll("tr[data-row]").Select(r => r.Id));
            if (page.FindAll("[data-page=older]").Count == 0) break;
            var first = page.Find("tr[data-row]").Id;
            Navigation.NavigateTo(page.Find("[data-page=older]").GetAttribute("href")!);
            page.WaitForAssertion(() => Assert.NotEqual(first, page.Find("tr[data-row]").Id));
        }
        Assert.Equal((28, 28), (seen.Count, seen.Distinct().Count()));
        Navigation.NavigateTo(page.Find("[data-page=newer]").GetAttribute("href")!);
        page.WaitForAssertion(() => Assert.Equal(seen[10], page.Find("tr[data-row]").Id));
        Navigation.NavigateTo(page.Find("[data-page=newer]").GetAttribute("href")!);
        page.WaitForAssertion(() => Assert.Equal(seen[0], page.Find("tr[data-row]").Id));
        Assert.Empty(page.FindAll("[data-page=newer]"));
    }

    [Fact]
    public async Task Histogram_HasABarAtATime_WithItsFailuresAndATable()
    {
        var page = await ShowAsync("/adminops?range=3d");
        page.WaitForElement("[data-bars] a");
        Assert.Single(page.FindAll("[data-bars] a[tabindex='0']"));
        Assert.NotEmpty(page.FindAll("[data-bars] .failed"));
        var rows = page.FindAll(".bars-table tbody tr").Select(r => r.QuerySelectorAll("td").Select(c => c.TextContent).ToList()).ToList();
        Assert.Equal((28, 6), (rows.Sum(r => int.Parse(r[2])), rows.Sum(r => int.Parse(r[3]))));

        var bar = page.FindAll("[data-bars] a").First(a => a.GetAttribute("aria-label")!.Contains("1 failed", StringComparison.Ordinal));
        Navigation.NavigateTo(bar.GetAttribute("href")!);
        page.WaitForAssertion(() => Assert.StartsWith("Time: ", page.Find("[data-chip=start]").TextContent, StringComparison.Ordinal));
        var narrowed = int.Parse(bar.GetAttribute("aria-label")!.Split(": ")[1].Split(' ')[0]);
        page.WaitForAssertion(() => Assert.Equal(narrowed, page.FindAll("tr[data-row]").Count));
    }

    [Fact]
    public async Task Refused_Query_SaysWhyAtThePage()
    {
        var page = await ShowAsync("/adminops?range=7d&contains=ab");
        Assert.Contains("contains: give at least three characters", page.WaitForElement("[data-refused]").TextContent, StringComparison.Ordinal);
        Assert.NotNull(page.Find("#event-search"));
    }

    [Fact]
    public async Task Form_Applied_GoesIntoTheAddress_AndUncheckedServicesAreLeftOut()
    {
        var page = await ShowAsync("/adminops?range=all");
        page.WaitForAssertion(() => Assert.Contains(page.FindAll(".services label"), l => l.TextContent.Contains("Intune", StringComparison.Ordinal) || l.TextContent.Contains("SignIn", StringComparison.Ordinal)));
        page.FindAll(".services label").First(l => l.TextContent.Contains("SignIn", StringComparison.Ordinal)).QuerySelector("input")!.Change(false);
        page.Find("#event-actor").Change(" person1 ");
        page.Find("#event-not-tags").Change("noise, , old");
        page.Find("form.event-filters").Submit();
        page.WaitForAssertion(() => Assert.EndsWith("/adminops?range=all&actor=person1&not_service=SignIn&not_tag=noise&not_tag=old", Navigation.Uri, StringComparison.Ordinal));

        page.Find("#event-range").Change("fixed");
        page.Find("#event-start").Change("not a time");
        page.Find("form.event-filters").Submit();
        Assert.Contains("no time that can be used", page.Find("#event-time-error").TextContent, StringComparison.Ordinal);
        page.Find("#event-start").Change("2026-03-01T10:00");
        page.Find("form.event-filters").Submit();
        page.WaitForAssertion(() => Assert.Contains("start=2026-03-01T10%3A00%3A00Z", Navigation.Uri, StringComparison.Ordinal));

        page.Find("[data-action=clear]").Click();
        page.WaitForAssertion(() => Assert.EndsWith("/adminops?range=7d&not_service=Exchange&not_service=SharePoint", Navigation.Uri, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Drawer_OfAnEvent_HasItsFieldsChangesAndRecord_AndAViewerOnlyLooks()
    {
        var page = await ShowAsync($"/adminops?range=7d&event={world.RoleEvent}", Role.Viewer);
        page.WaitForAssertion(() => Assert.Equal("Add member to role", page.Find("[data-drawer] h2").TextContent));
        Assert.Equal("was empty, is set", page.Find("[data-change='Role.DisplayName'] .property .quiet").TextContent);
        Assert.Contains("nothing", page.Find("[data-change='Role.DisplayName'] .sides").TextContent, StringComparison.Ordinal);
        // JSON in a string stands on lines of its own, and only what is new is marked.
        var assigned = page.Find("[data-change=Assigned]");
        Assert.DoesNotContain(assigned.QuerySelectorAll("ins"), i => i.TextContent.Contains("reader", StringComparison.Ordinal));
        Assert.Contains(assigned.QuerySelectorAll("ins"), i => i.TextContent.Contains("global-admin", StringComparison.Ordinal));
        Assert.Empty(assigned.QuerySelectorAll("del"));
        // Markup from outside is text.
        Assert.Empty(page.FindAll("[data-change=Reason] b"));
        Assert.Contains("U+202E", page.Find("[data-change=Reason] .esc").TextContent, StringComparison.Ordinal);
        Assert.Contains("read as UTC", page.Find("[data-drawer] .notice.warn").TextContent, StringComparison.Ordinal);
        Assert.Equal($"/adminops/rules?from_event={world.RoleEvent}", page.Find("[data-action=make-rule]").GetAttribute("href"));
        Assert.Contains($"ip=203.0.113.9&event={world.RoleEvent}", page.Find("[data-drawer] [data-only=address]").GetAttribute("href"), StringComparison.Ordinal);
        page.WaitForAssertion(() => Assert.Contains("same act", page.Find(".related").TextContent, StringComparison.Ordinal));
        Assert.Contains("needs the role operator", page.Find("[data-drawer] [data-needs-role]").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("[data-drawer] form"));

        var gone = await ShowAsync("/adminops/events/999");
        gone.WaitForAssertion(() => Assert.Contains("There is no such event", gone.Find("h2").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Notes_Refused_SayWhyAndKeepWhatWasTyped()
    {
        var page = await ShowAsync($"/adminops/events/{world.RoleEvent}");
        page.WaitForElement("#event-note-tag").Change(new string('x', 60));
        page.Find("form.add").Submit();
        page.WaitForAssertion(() => Assert.Contains("at most 50", page.Find("#event-note-tag-error").TextContent, StringComparison.Ordinal));
        Assert.Equal(60, page.Find("#event-note-tag").GetAttribute("value")!.Length);
        page.Find("form.comment").Submit();
        page.WaitForAssertion(() => Assert.Contains("write something", page.Find("#event-note-comment-error").TextContent, StringComparison.Ordinal));

        page.Find("#event-note-tag").Change("Suspicious");
        page.Find("form.add").Submit();
        page.WaitForAssertion(() => Assert.Equal("suspicious", page.Find(".tags .badge").TextContent));
        page.WaitForElement("button[aria-label='Remove the tag suspicious']").Click();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".tags .badge")));
    }

    [Theory]
    [InlineData("csv", "?range=all&not_service=Exchange&not_service=SharePoint", 23)]
    [InlineData("ndjson", "?range=all", 28)]
    [InlineData("ndjson", "?range=all&outcome=failure&service=SignIn", 2)]
    public async Task Export_HasTheFilteredEvents_AllOfThem(string format, string query, int events)
    {
        var (status, body) = await DownloadAsync($"/adminops/events.{format}{query}");
        Assert.Equal(HttpStatusCode.OK, status);
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(events + (format == "csv" ? 1 : 0), lines.Length);
        var listed = new List<string>();
        await foreach (var e in world.App.Get<EventSearch>().AllAsync(Web.Components.Admin.EventFilterParser.Parse(query).Filters.ToQuery(world.App.Time.GetUtcNow()), default)) listed.Add(e.Id);
        var ids = format == "csv" ? lines.Skip(1).Select(l => l.Split(',')[0]) : lines.Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("id").GetString()!);
        Assert.Equal(listed, ids);
        // No cell begins as a formula does.
        if (format == "csv") Assert.Contains(",'=cmd|'/c calc'!A1,", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_OfFiltersThatCannotBeUsed_IsRefusedNamingThem()
    {
        Assert.Equal((HttpStatusCode.BadRequest, "services: is no filter\n"), await DownloadAsync("/adminops/events.csv?services=Exchange"));
        var (status, body) = await DownloadAsync("/adminops/events.ndjson?contains=ab");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("contains: ", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await DownloadAsync("/adminops/events/999/raw")).Status);
        Assert.Equal((HttpStatusCode.OK, """{"ResultStatus":"Success"}"""), await DownloadAsync($"/adminops/events/{world.LiarEvent}/raw"));
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@x", "'@x")]
    [InlineData("a,\"b\"\nc", "\"a,\"\"b\"\"\nc\"")]
    [InlineData("=a,b", "\"'=a,b\"")]
    [InlineData("plain", "plain")]
    public void Cell_IsNeverAFormula(string text, string cell) => Assert.Equal(cell, Web.Endpoints.EventExports.Cell(text));

    private async Task<(HttpStatusCode Status, string Body)> DownloadAsync(string path)
    {
        await People.AddAsync(world.App.Get<Database>(), new Modules.Tools.Actor(Modules.Tools.ActorKind.Person, "person:opr_reader", "Reader"), role: Role.Viewer);
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Cookie", await ConsoleCookie.ForAsync(world.App.Services, "opr-reader") } } };
        using var answer = await world.App.Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The page of an address, as a person of a role has it.</summary>
    private async Task<IRenderedComponent<IComponent>> ShowAsync(string path, Role role = Role.Operator)
    {
        var people = world.App.Get<OperatorDirectory>();
        var name = $"e-{role.Word()}";
        var person = await people.FindAsync(name, default) ?? await people.AddAsync(name, null, role, OperatorDirectory.CommandLine, default);
        var session = ConsoleSession.Current(ConsoleSession.Create(person.OperatorId, person.DisplayName, person.SecurityStamp, needsPassword: false), person);
        var authentication = Task.FromResult(new AuthenticationState(session));
        Navigation.NavigateTo(path);
        return path.StartsWith("/adminops/events/", StringComparison.Ordinal)
            ? Render<EventPermalinkPage>(p => p.AddCascadingValue(authentication).Add(x => x.EventId, path.Split('/')[^1]))
            : (IRenderedComponent<IComponent>)Render<EventsPage>(p => p.AddCascadingValue(authentication));
    }
}
