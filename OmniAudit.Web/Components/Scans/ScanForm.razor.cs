using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What a scan is asked, from a preset to every detail. Keeps what was typed whatever the answer is, and judges the address while it is typed.</summary>
public sealed partial class ScanForm : IDisposable
{
    /// <summary>The address is looked up only when typing pauses.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    private static readonly Preset[] Presets =
    [
        new("quick", "Quick look", "One page on a desktop: rules and metrics, seconds.", "quick", "desktop", ""),
        new("standard", "Standard", "One page on desktop and mobile, with pictures and links.", "standard", "desktop_mobile", ""),
        new("deep", "Deep", "One page, five runs each: stable figures, unused code.", "deep", "desktop_mobile", ""),
        new("site", "Whole site", "Up to 50 pages by sitemap and links, templates sampled.", "standard", "desktop_mobile", "50"),
    ];

    private readonly CancellationTokenSource _left = new();
    private ScanFormFields _fields = new();
    private IReadOnlyList<AuthProfile> _profiles = [];
    private IReadOnlyList<ScanSummary> _baselines = [];
    private (string Tone, string Icon, string Text)? _verdict;
    private string _origin = "", _judged = "";
    private ITimer? _timer;
    private bool _filled;

    [Inject] private TargetCheck Targets { get; set; } = null!;
    [Inject] private AuthProfiles Profiles { get; set; } = null!;
    [Inject] private ScanQueries Scans { get; set; } = null!;
    [Inject] private TimeProvider Time { get; set; } = null!;

    /// <summary>Arguments that stand in the fields at first.</summary>
    [Parameter] public JsonElement? Given { get; set; }

    /// <summary>What the last call said about single arguments.</summary>
    [Parameter] public IReadOnlyList<FieldError> Errors { get; set; } = [];
    [Parameter] public bool Disabled { get; set; }
    [Parameter] public string Verb { get; set; } = "Start the scan";

    /// <summary>Without a baseline a schedule compares with the scan before.</summary>
    [Parameter] public bool ForSchedule { get; set; }

    /// <summary>False judges no address: name look-ups are for people who may start scans.</summary>
    [Parameter] public bool MayCheck { get; set; } = true;

    /// <summary>More fields, above the others.</summary>
    [Parameter] public RenderFragment? ChildContent { get; set; }

    /// <summary>Gets the arguments.</summary>
    [Parameter, EditorRequired] public EventCallback<JsonElement> Submit { get; set; }

    private string Cost
    {
        get
        {
            if (_fields.Size is not { } size) return "Give a number of pages.";
            // Seconds for one page, all its viewports at once, from a light page to a heavy one.
            var (light, heavy) = _fields.Profile switch { "quick" => (3, 8), "deep" => (25, 60), _ => (6, 15) };
            return $"Up to {ScanWords.Count(size.Pages, "page")} in {ScanWords.Count(size.Screens, "viewport")}: about {Span(light * size.Pages)} to {Span(heavy * size.Pages)}.";
        }
    }

    protected override async Task OnInitializedAsync()
    {
        _profiles = await Profiles.ListAsync(_left.Token);
        if (RendererInfo.IsInteractive) _timer = Time.CreateTimer(_ => Judge(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_filled) return;
        _filled = true;
        if (Given is not { } given) return;
        _fields = ScanFormFields.Of(given);
        if (_fields.Url.Length > 0 && MayCheck && RendererInfo.IsInteractive) await JudgeAsync();
    }

    private void UrlTyped()
    {
        _verdict = null;
        if (MayCheck) _timer?.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    private void Judge() => _ = InvokeAsync(async () =>
    {
        try
        {
            if (_left.IsCancellationRequested) return;
            await JudgeAsync();
            StateHasChanged();
        }
        catch (OperationCanceledException) when (_left.IsCancellationRequested)
        {
            // The page was left while it asked.
        }
        catch (Exception failure)
        {
            await DispatchExceptionAsync(failure);
        }
    });

    private async Task JudgeAsync()
    {
        var url = _fields.Url.Trim();
        _judged = url;
        if (url.Length == 0)
        {
            (_verdict, _origin, _baselines) = (null, "", []);
            return;
        }
        var verdict = await Targets.CheckAsync(url, _left.Token);
        if (_judged != url) return;
        _verdict = verdict.Allowed ? ("good", "check", "This server may visit it.") : ("bad", "ban", verdict.Message);
        if (verdict.Origin == _origin) return;
        _origin = verdict.Origin;
        _baselines = _origin.Length == 0 ? [] : [.. (await Scans.ListAsync(new ScanFilter(Site: _origin, Status: JobStatus.Completed), null, 20, _left.Token)).Scans.Where(s => s.Url.StartsWith(_origin + "/", StringComparison.Ordinal))];
        if (_fields.BaselineScanId.Length > 0 && _baselines.All(b => b.ScanId != _fields.BaselineScanId) && await Scans.SummaryAsync(_fields.BaselineScanId, _left.Token) is { } chosen) _baselines = [chosen, .. _baselines];
    }

    private bool IsChosen(Preset preset) => _fields.Profile == preset.Profile && _fields.ViewportSet == preset.ViewportSet && _fields.CrawlBudget.Trim() == preset.CrawlBudget;

    private void Choose(Preset preset) => (_fields.Profile, _fields.ViewportSet, _fields.CrawlBudget) = (preset.Profile, preset.ViewportSet, preset.CrawlBudget);

    private Task SubmitAsync() => Submit.InvokeAsync(_fields.ToArguments());

    private IEnumerable<FieldError> ErrorsOf(string field) =>
        Errors.Where(e => e.Field == field || e.Field.StartsWith(field + "[", StringComparison.Ordinal) || e.Field.StartsWith(field + ".", StringComparison.Ordinal));

    private string Error(string field) => string.Join(' ', ErrorsOf(field).Select(e => e.Field == field ? e.Message : $"{e.Field[field.Length..].TrimStart('.')}: {e.Message}"));

    private string? Invalid(string field) => ErrorsOf(field).Any() ? "true" : null;

    private bool Has(params string[] fields) => fields.Any(f => ErrorsOf(f).Any());

    private static string Described(ScanSummary scan) => $"{scan.CreatedAt:yyyy-MM-dd HH:mm}, {scan.Profile}, {ScanWords.Count(scan.Pages, "page")}, {scan.ScanId}";

    private static string Span(int seconds) => seconds < 90 ? $"{seconds} s" : $"{Math.Round(seconds / 60.0)} min";

    public void Dispose()
    {
        _left.Cancel();
        _timer?.Dispose();
        _left.Dispose();
    }

    private sealed record Preset(string Id, string Name, string What, string Profile, string ViewportSet, string CrawlBudget);
}
