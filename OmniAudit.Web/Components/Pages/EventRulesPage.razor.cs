using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.AdminRules;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The rules over audit events: which are on, whether they can fire, and a form that tries them before they are kept.</summary>
public sealed partial class EventRulesPage
{
    private const long MostBytes = 1 << 20;
    private static readonly (string Value, string Label)[] Choices = [("", "All"), ("on", "On"), ("off", "Off"), ("never", "Never can fire")];

    private IReadOnlyList<EventRule> _rules = [];
    private IReadOnlyList<EventRuleChange> _changes = [];
    private IReadOnlyList<RuleImport> _imported = [];
    private IReadOnlyDictionary<string, RuleLint> _lints = new Dictionary<string, RuleLint>();
    private string? _linted;
    private (string Tone, string Text)? _answer;
    private RuleDraft? _draft;
    private EventRule? _editing;
    private string _formKey = "", _paste = "";
    private string? _removing;
    private bool _missing;

    [Inject] private EventRules Rules { get; set; } = null!;
    [Inject] private EventSearch Events { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }
    [SupplyParameterFromQuery(Name = "edit")] public string? Edit { get; set; }
    [SupplyParameterFromQuery(Name = "new")] public string? New { get; set; }
    [SupplyParameterFromQuery(Name = "from_event")] public string? FromEvent { get; set; }

    private bool MayChange => IsLive && Role >= Role.Operator;

    private List<EventRule> Shown => [.. _rules.Where(r => (State switch
    {
        "on" => r.Enabled,
        "off" => !r.Enabled,
        "never" => _lints.GetValueOrDefault(r.RuleId) is { CanFire: false },
        _ => true,
    }) && (string.IsNullOrWhiteSpace(Text) || r.Name.Contains(Text.Trim(), StringComparison.OrdinalIgnoreCase) || r.Author.Contains(Text.Trim(), StringComparison.OrdinalIgnoreCase)))];

    protected override bool Concerns(Change change) => change.Topic == Topics.EventRules;

    protected override async Task LoadAsync()
    {
        _rules = await Rules.ListAsync(Left);
        _changes = await Rules.ChangesAsync(null, 20, Left);
        // Hits and alerts change by every batch of events, what a rule can find only with the rules.
        var rules = string.Join(' ', _rules.Select(r => $"{r.RuleId}{r.Enabled}{r.ChangedAt.Ticks}"));
        if (rules != _linted) (_linted, _lints) = (rules, await Rules.LintAllAsync(Left));
        // What a person is typing stays: another form only for another address.
        var key = $"{Edit} {New} {FromEvent}";
        if (key == _formKey) return;
        (_formKey, _draft, _editing, _missing) = (key, null, null, false);
        if (!string.IsNullOrEmpty(Edit))
        {
            _editing = await Rules.FindAsync(Edit, Left);
            _draft = _editing is null ? null : RuleDraft.Of(_editing.Request);
            _missing = _editing is null;
        }
        else if (!string.IsNullOrEmpty(FromEvent))
        {
            var found = await Events.FindAsync(FromEvent, Left);
            _draft = found is null ? null : RuleDraft.Of(found);
            _missing = found is null;
        }
        else if (New is "form" or "sigma") _draft = RuleDraft.New(New == "sigma");
    }

    private Task SaveAsync(EventRuleRequest request) => ActAsync(_editing is null ? "adminops.create_rule" : "adminops.change_rule", async person =>
    {
        var saved = _editing is { } edited ? await Rules.UpdateAsync(edited.RuleId, request, person, Left) : await Rules.CreateAsync(request, person, Left);
        Navigation.NavigateTo("/adminops/rules");
        return $"{saved.Name} is saved and {(saved.Enabled ? "on" : "off")}.";
    }, form: true);

    private Task ToggleAsync(EventRule rule) => ActAsync("adminops.change_rule", async person =>
    {
        var changed = await Rules.SetEnabledAsync(rule.RuleId, !rule.Enabled, person, Left);
        return $"{changed.Name} is {(changed.Enabled ? "on: it looks at events that come in from now on" : "off")}.";
    });

    private Task RemoveAsync(EventRule rule) => ActAsync("adminops.delete_rule", async person =>
    {
        await Rules.DeleteAsync(rule.RuleId, person, Left);
        return $"{rule.Name} was removed; its alerts stay.";
    });

    private async Task ImportFileAsync(InputFileChangeEventArgs chosen)
    {
        if (chosen.File.Size > MostBytes)
        {
            _answer = ("bad", $"{chosen.File.Name} has {chosen.File.Size:N0} bytes; at most {MostBytes:N0} are read.");
            return;
        }
        try
        {
            using var reader = new StreamReader(chosen.File.OpenReadStream(MostBytes, Left));
            await ImportAsync(await reader.ReadToEndAsync(Left));
        }
        catch (IOException broken)
        {
            _answer = ("bad", $"It did not arrive whole, and nothing was taken in. {broken.Message}");
        }
    }

    private Task ImportAsync(string yaml) => ActAsync("adminops.import_rules", async person =>
    {
        _imported = await Rules.ImportAsync(yaml, person, Left);
        _paste = "";
        return $"{_imported.Count(i => i.Outcome is "created" or "updated")} rules were taken in. Turn on those that you want.";
    });

    private async Task ActAsync(string deed, Func<Actor, Task<string>> act, bool form = false)
    {
        (_removing, _answer) = (null, null);
        if (await CurrentPersonAsync() is not { } person) _answer = ("bad", "Your session has ended. Sign in again; nothing was done.");
        else
        {
            try
            {
                _answer = ("good", await RecordedAsync(deed, person, () => act(person)));
            }
            catch (Exception refused) when (refused is IdentityRefusedException or KeyNotFoundException || (refused is RuleRefusedException && !form))
            {
                _answer = ("bad", refused.Message);
            }
        }
        await LoadAsync();
    }
}
