using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Rules;

namespace OmniAudit.Web.Components.AdminRules;

/// <summary>A rule by form or as Sigma, tried before it is kept.</summary>
public sealed partial class RuleForm : IDisposable
{
    private readonly CancellationTokenSource _left = new();
    private RuleRefusedException? _refused;
    private RuleLint? _lint;
    private bool _saving;

    [Inject] private EventRules Rules { get; set; } = null!;

    [Parameter, EditorRequired] public RuleDraft Draft { get; set; } = null!;

    /// <summary>The rule that is changed; null for a new one.</summary>
    [Parameter] public EventRule? Editing { get; set; }
    [Parameter] public bool Disabled { get; set; }

    /// <summary>Keeps it; throws <see cref="RuleRefusedException"/> when it cannot be kept.</summary>
    [Parameter, EditorRequired] public Func<EventRuleRequest, Task> Save { get; set; } = null!;

    public void Dispose()
    {
        _left.Cancel();
        _left.Dispose();
    }

    private async Task SaveAsync()
    {
        if (_saving) return;
        (_saving, _refused) = (true, null);
        try
        {
            await Save(Draft.ToRequest());
        }
        catch (RuleRefusedException refused)
        {
            _refused = refused;
        }
        finally
        {
            _saving = false;
        }
    }

    private async Task LintAsync()
    {
        _refused = null;
        _lint = await Rules.LintAsync(Draft.ToRequest(), _left.Token);
    }

    private void ShowRefused(RuleRefusedException refused)
    {
        (_refused, _lint) = (refused, null);
        StateHasChanged();
    }

    private string? Invalid(string field) => _refused?.Field.StartsWith(field, StringComparison.Ordinal) == true ? "true" : null;
}
