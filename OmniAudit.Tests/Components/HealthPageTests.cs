using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OmniAudit.Modules.Health;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Receipts;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Pages;

namespace OmniAudit.Tests.Components;

/// <summary>The health page, live: what fails while nobody tells of it is seen all the same.</summary>
public sealed class HealthPageTests(SharedApp shared) : ConsoleContext(services => services
    .AddLivePage(shared.App).AddSingleton(shared.App.Get<ReceiptQueries>()).AddSingleton(shared.App.Get<ServerNodes>())
    .AddSingleton(new Store()).AddSingleton(s => new Readiness([new ReadinessCheck("store", _ => Task.FromResult(s.GetRequiredService<Store>().Trouble))], s.GetRequiredService<TimeProvider>(), NullLogger<Readiness>.Instance))), IClassFixture<SharedApp>
{
    private sealed class Store
    {
        public string? Trouble { get; set; }
    }

    [Fact]
    public void Trouble_IsShown_AndGone_WithoutAReload()
    {
        var page = Render<HealthPage>(p => p.AddCascadingValue(Task.FromResult(new AuthenticationState(new()))));
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".notice.good")));
        var store = Services.GetRequiredService<Store>();
        store.Trouble = "unavailable: it is away";
        Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.DoesNotContain("it is away", page.Markup, StringComparison.Ordinal);
        Clock.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.Contains("it is away", page.Markup, StringComparison.Ordinal));
        Assert.Contains("Not ready", page.Find(".notice.bad").TextContent, StringComparison.Ordinal);
        store.Trouble = null;
        Clock.Advance(TimeSpan.FromSeconds(5));
        page.WaitForAssertion(() => Assert.DoesNotContain("it is away", page.Markup, StringComparison.Ordinal));
    }
}
