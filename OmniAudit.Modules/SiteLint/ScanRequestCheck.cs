using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint;

/// <summary>What a scan asks of its arguments beyond their schema: the same for one that starts now and for one that a schedule will start.</summary>
internal sealed class ScanRequestCheck(AuthProfiles authProfiles, ReportFinisher finisher)
{
    /// <exception cref="ToolRefusedException">One cannot be used; the message begins with the field and says what is allowed.</exception>
    public async Task<ScanArguments> CheckAsync(StartScanTool.Input input, Actor by, CancellationToken cancellationToken)
    {
        var arguments = (ScanArguments.From(input.Url, input.Profile, input.ViewportSet, input.EntryPaths, input.CrawlBudget) with
        {
            Viewports = [.. (input.Viewports ?? []).Select(v => v.ToViewport())],
            Include = input.Include ?? [],
            Exclude = input.Exclude ?? [],
            PerTemplate = input.PerTemplate,
            IgnoreRobots = input.IgnoreRobots ?? false,
            Runs = input.Runs,
            Budgets = input.Budgets,
            BaselineScanId = string.IsNullOrEmpty(input.BaselineScanId) ? null : input.BaselineScanId,
        }).Checked();
        arguments = arguments with { AuthProfileId = (await authProfiles.ChooseAsync(input.AuthProfile, input.AuthProfileId, arguments.Url, by, cancellationToken))?.ProfileId };
        if (arguments.BaselineScanId is { } baseline) await finisher.RequireBaselineAsync(baseline, arguments.Url, cancellationToken);
        return arguments;
    }
}
