using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Scans;

namespace OmniAudit.Tests.Components;

public sealed class ScanFormTests(SharedApp shared) : ConsoleContext(services => services
    .AddSingleton(shared.App.Get<TargetCheck>()).AddSingleton(shared.App.Get<AuthProfiles>()).AddSingleton(shared.App.Get<ScanQueries>())), IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;
    private JsonElement? _sent;

    [Fact]
    public void Form_Preset_FillsTheFieldsAndSaysWhatItCosts()
    {
        var form = Show();

        form.Find("[data-preset=site]").Click();

        Assert.Equal("50", form.Find("#scan-budget").GetAttribute("value"));
        Assert.Equal("true", form.Find("[data-preset=site]").GetAttribute("aria-pressed"));
        Assert.Contains("Up to 50 pages in 2 viewports: about 5 min to 12 min", form.Find(".cost").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Form_Submitted_SendsOnlyWhatWasAsked()
    {
        var form = Show();

        form.Find("#scan-url").Input("https://site.test/");
        form.Find("[data-preset=quick]").Click();
        form.WaitForElement("form").Submit();

        Assert.Equal("""{"url":"https://site.test/","profile":"quick","viewport_set":"desktop"}""", _sent?.GetRawText());
    }

    [Fact]
    public void Form_EveryField_ComesBackFromItsArguments()
    {
        const string Arguments = """
            {"url":"https://site.test/","profile":"deep","viewport_set":"custom","viewports":[{"name":"tablet","width":820,"height":1180,"scale":2,"mobile":true}],"crawl_budget":12,"entry_paths":["/a","/b"],"include":["/docs/**"],"exclude":["/old/**"],"per_template":2,"runs":3,"ignore_robots":true,"auth_profile_id":"aup_1","baseline_scan_id":"scn_1","budgets":{"rules":[{"pages":"/shop/**","performance_score":90,"cls":0.1}],"new_findings":0,"worst_severity":"s1"}}
            """;

        var read = ScanFormFields.Of(JsonDocument.Parse(Arguments).RootElement).ToArguments();

        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Arguments).RootElement, read), read.GetRawText());
    }

    [Fact]
    public void Form_Refused_ShowsEachErrorAtItsFieldAndOpensItsPart()
    {
        var form = Show([new FieldError("include[0]", "must begin with /."), new FieldError("budgets.rules[0].cls", "must not be negative.")]);

        Assert.Contains("must begin with /.", form.Find("#scan-include-error").TextContent, StringComparison.Ordinal);
        Assert.Equal("true", form.Find("#scan-include").GetAttribute("aria-invalid"));
        Assert.Contains("must not be negative", form.Markup, StringComparison.Ordinal);
        Assert.Equal(2, form.FindAll("details[open]").Count);
    }

    [Fact]
    public void Form_AddressThatMayNotBeVisited_SaysWhy()
    {
        var form = Show(given: JsonSerializer.SerializeToElement(new { url = "http://127.0.0.1:9/" }));

        form.WaitForAssertion(() => Assert.Contains("URL_ALLOWLIST", form.Find("#scan-url-verdict").TextContent, StringComparison.Ordinal));
        Assert.Contains("bad", form.Find("#scan-url-verdict").ClassName!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_FinishedScansOfTheSite_AreOfferedAsBaselines()
    {
        var scanId = await SeededScan.AddAsync(_app, "http://127.0.0.1:9/");
        var other = await SeededScan.AddAsync(_app, "http://127.0.0.1:99/");
        var form = Show(given: JsonSerializer.SerializeToElement(new { url = "http://127.0.0.1:9/shop" }));

        form.WaitForAssertion(() => Assert.NotEmpty(form.FindAll($"#scan-baseline option[value={scanId}]")));
        Assert.Empty(form.FindAll($"#scan-baseline option[value={other}]"));
    }

    private IRenderedComponent<ScanForm> Show(IReadOnlyList<FieldError>? errors = null, JsonElement? given = null) =>
        Render<ScanForm>(p => p.Add(f => f.Errors, errors ?? []).Add(f => f.Given, given).Add(f => f.Submit, arguments => _sent = arguments));
}
