using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Pages;
using OmniAudit.Web.Security;

namespace OmniAudit.Tests.Components;

/// <summary>The pages of schedules and of auth profiles, live, on a real store: nothing there, something refused, somebody who may only look.</summary>
public sealed class ScanAdminPagesTests(SharedApp shared) : ConsoleContext(services => services
    .AddLivePage(shared.App).AddSingleton(shared.App.Get<AuthProfiles>()).AddSingleton(shared.App.Get<ScanSchedules>())
    .AddSingleton(shared.App.Get<ScanQueries>()).AddSingleton(shared.App.Get<TargetCheck>())), IClassFixture<SharedApp>, IAsyncLifetime
{
    private const string Site = "http://93.184.216.34/";

    private readonly TestApp _app = shared.App;

    private AuthProfiles Profiles => _app.Get<AuthProfiles>();

    private ScanSchedules Schedules => _app.Get<ScanSchedules>();

    public async Task InitializeAsync()
    {
        foreach (var schedule in await Schedules.ListAsync(default)) await Schedules.RemoveAsync(schedule.ScheduleId, TestApp.Approver, default);
        foreach (var profile in await Profiles.ListAsync(default)) await Profiles.RemoveAsync(profile.ProfileId, TestApp.Approver, default);
    }

    Task IAsyncLifetime.DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Schedules_None_SaySoAndHowToAddOne()
    {
        Assert.Contains("Add one below", (await ShowAsync<SchedulesPage>(Role.Operator)).Find(".empty").TextContent, StringComparison.Ordinal);
        var watched = await ShowAsync<SchedulesPage>(Role.Viewer);
        Assert.Contains("An operator can add one", watched.Find(".empty").TextContent, StringComparison.Ordinal);
        Assert.Empty(watched.FindAll("form"));
        Assert.Empty(watched.FindAll("button"));
    }

    [Fact]
    public async Task Schedules_Refused_ShowTheErrorAtItsField()
    {
        var page = await ShowAsync<SchedulesPage>(Role.Operator);
        page.Find("#scan-url").Input(Site);

        page.Find("#schedule-name").Change("nightly");
        page.Find("#schedule-cron").Input("0 6 * * *");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Contains("put the seconds first", page.Find("#schedule-cron-error").TextContent, StringComparison.Ordinal));
        Assert.Equal("true", page.Find("#schedule-cron").GetAttribute("aria-invalid"));
        Assert.DoesNotContain("cron:", page.Find("#schedule-cron-error").TextContent, StringComparison.Ordinal);

        page.Find("#schedule-cron").Input("0 0 6 * * ?");
        page.Find("#scan-include").Change("no-slash");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.NotEmpty(page.Find("#scan-include-error").TextContent));
        Assert.Empty(page.Find("#schedule-cron-error").TextContent);
        Assert.Empty(await Schedules.ListAsync(default));

        page.Find("#scan-include").Change("/docs/**");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Contains("nightly is saved", page.Find("div[role=status]").TextContent, StringComparison.Ordinal));
        Assert.Equal("nightly", Assert.Single(await Schedules.ListAsync(default)).Name);
        Assert.Contains("nightly", page.Find("tbody td.lead").TextContent, StringComparison.Ordinal);

        // Who may only look sees it, and nothing to press.
        var watched = await ShowAsync<SchedulesPage>(Role.Viewer);
        Assert.Contains("nightly", watched.Find("tbody td.lead").TextContent, StringComparison.Ordinal);
        Assert.Contains("operator", watched.Find("[data-needs-role]").TextContent, StringComparison.Ordinal);
        Assert.Empty(watched.FindAll("button"));
    }

    [Fact]
    public async Task AuthProfiles_None_SaySoAndHowToAddOne()
    {
        Assert.Contains("Add one below", (await ShowAsync<AuthProfilesPage>(Role.Admin)).Find(".empty").TextContent, StringComparison.Ordinal);
        var watched = await ShowAsync<AuthProfilesPage>(Role.Viewer);
        Assert.Contains("An admin can add one", watched.Find(".empty").TextContent, StringComparison.Ordinal);
        Assert.Empty(watched.FindAll("form, button"));
    }

    [Fact]
    public async Task AuthProfiles_Refused_SayWhyAndKeepWhatWasTyped_ThenOpenToAgents()
    {
        var page = await ShowAsync<AuthProfilesPage>(Role.Admin);
        page.Find("#auth-name").Change("shop");
        page.Find("#auth-origins").Change("https://shop.test/path");
        page.Find("#auth-cookies").Change("sid=the-secret-value");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Contains("must end after the host", page.Find("#auth-error").TextContent, StringComparison.Ordinal));
        Assert.Equal("shop", page.Find("#auth-name").GetAttribute("value"));

        page.Find("#auth-origins").Change("https://shop.test");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Contains("none, people and schedules only", page.Find("td[data-label=Agents]").TextContent, StringComparison.Ordinal));

        page.Find("button[aria-label='Agents that may use shop']").Click();
        page.WaitForElement("#auth-agents").Change("nobody");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Contains("there is no agent 'nobody'", page.Find("#auth-agents-error").TextContent, StringComparison.Ordinal));
        Assert.Equal("true", page.Find("#auth-agents").GetAttribute("aria-invalid"));
        page.Find("#auth-agents").Change("anonymous");
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Equal("anonymous", page.Find("td[data-label=Agents]").TextContent.Trim()));
        Assert.DoesNotContain("the-secret-value", page.Markup, StringComparison.Ordinal);

        var watched = await ShowAsync<AuthProfilesPage>(Role.Operator);
        Assert.Contains("shop", watched.Find("tbody td.lead").TextContent, StringComparison.Ordinal);
        Assert.Contains("admin", watched.Find("[data-needs-role]").TextContent, StringComparison.Ordinal);
        Assert.Empty(watched.FindAll("form, button"));
    }

    private async Task<IRenderedComponent<TPage>> ShowAsync<TPage>(Role role) where TPage : IComponent
    {
        var people = _app.Get<OperatorDirectory>();
        var name = $"a-{role.Word()}";
        var person = await people.FindAsync(name, default) ?? await people.AddAsync(name, null, role, OperatorDirectory.CommandLine, default);
        var session = ConsoleSession.Current(ConsoleSession.Create(person.OperatorId, person.DisplayName, person.SecurityStamp, needsPassword: false), person);
        return Render<TPage>(p => p.AddCascadingValue(Task.FromResult(new AuthenticationState(session))));
    }
}
