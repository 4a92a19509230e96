using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Whose approval writes need: rules, approvals given in advance, and what was changed.</summary>
public sealed partial class PoliciesPage
{
    private IReadOnlyList<ApprovalRuleInfo> _rules = [];
    private IReadOnlyList<StandingRule> _standing = [];
    private IReadOnlyList<Freeze> _freezes = [];
    private string? _removing;
    private string? _error;
    private string? _endError;
    private string _name = "", _tool = "", _target = "", _agent = "", _require = "", _ttl = "";

    [Inject] private ApprovalRules Rules { get; set; } = null!;
    [Inject] private StandingRuleDesk Standing { get; set; } = null!;
    [Inject] private FreezeSwitch Freezes { get; set; } = null!;
    [Inject] private ToolCatalog Catalog { get; set; } = null!;

    private bool IsAdmin => Role >= Role.Admin;

    protected override bool Concerns(Change change) => change.Topic == Topics.Approvals;

    protected override async Task LoadAsync()
    {
        _rules = await Rules.ListAsync(Left);
        _standing = await Standing.ListAsync(50, Left);
        _freezes = await Freezes.HistoryAsync(10, Left);
    }

    private async Task AddAsync()
    {
        if (await CurrentPersonAsync() is not { } person) return;
        var text = string.Join(' ', new[] { ("name", _name), ("tool", _tool), ("target", _target), ("agent", _agent), ("require", _require), ("ttl", _ttl) }
            .Where(p => p.Item2.Trim().Length > 0).Select(p => $"{p.Item1}={p.Item2.Trim()}"));
        (var rule, _error) = ApprovalRule.Parse(text);
        if (rule is null) return;
        _error = await Rules.AddAsync(rule, person, Left);
        if (_error is null) _name = _tool = _target = _agent = _require = _ttl = "";
        await LoadAsync();
    }

    private async Task RemoveAsync(ApprovalRuleInfo info)
    {
        if (await CurrentPersonAsync() is not { } person) return;
        _error = await Rules.RemoveAsync(info.RuleId, person, Left);
        _removing = null;
        await LoadAsync();
    }

    private async Task EndAsync(StandingRule rule)
    {
        if (await CurrentPersonAsync() is not { } person) return;
        _endError = await Standing.EndAsync(rule.StandingRuleId, person, Left);
        await LoadAsync();
    }

    private string Seconds(int seconds) => TimeSpan.FromSeconds(seconds > 0 ? seconds : Rules.Default.TtlSeconds) is var time && time.TotalHours >= 1 && time.TotalHours == Math.Floor(time.TotalHours)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours} h")
        : time.TotalMinutes >= 1 && time.TotalMinutes == Math.Floor(time.TotalMinutes) ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes} min") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s");

    /// <summary>How many arguments are bound, and how.</summary>
    private static string Conditions(StandingRule rule)
    {
        using var json = JsonDocument.Parse(rule.Arguments);
        var kinds = json.RootElement.EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(c => c.Name)).ToLookup(n => n);
        return string.Join(", ", new[] { ("is", "the same"), ("like", "by pattern"), ("absent", "absent") }.Where(k => kinds.Contains(k.Item1)).Select(k => $"{kinds[k.Item1].Count()} {k.Item2}"));
    }

    private static string StateOf(StandingRule rule) => rule.IsLive ? "live" : rule.EndedAt is not null ? "ended" : rule.Uses >= rule.MaxUses ? "used up" : "expired";
}
