using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Starts a triage through the same tool as an agent, and opens its draft at once: that page shows how it goes.</summary>
public sealed partial class NewTriagePage
{
    private const string Tool = "auditlens.triage_pr";

    private string _repo = "", _number = "", _branch = "", _evidence = "reports";
    private bool _given, _starting;
    private ToolOutcome? _outcome;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "repo")] public string? Repo { get; set; }
    [SupplyParameterFromQuery(Name = "pr")] public string? Pr { get; set; }

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync()
    {
        if (!_given) (_repo, _number, _given) = (Repo ?? "", Pr ?? "", true);
        return Task.CompletedTask;
    }

    private async Task StartAsync()
    {
        if (_starting) return;
        (_starting, _outcome) = (true, null);
        StateHasChanged();
        try
        {
            // What is no number goes on as it is: the tool says what is wrong with it.
            object number = int.TryParse(_number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : _number;
            var arguments = new { repo = _repo.Trim(), pr_number = number, base_branch = _branch.Trim().Length > 0 ? _branch.Trim() : null, evidence = _evidence };
            _outcome = await RunAsync(Tool, arguments, origin => origin with { AsTask = true });
            if (_outcome is ToolOutcome.Succeeded done && done.Result.TryGetProperty("draft_id", out var id) && !Left.IsCancellationRequested) Navigation.NavigateTo(PageLinks.Triage(id.GetString()!));
        }
        finally
        {
            _starting = false;
        }
    }

    private IEnumerable<FieldError> ErrorsOf(string field) => (_outcome as ToolOutcome.Refused)?.Errors.Where(e => e.Field == field) ?? [];

    private string Error(string field) => string.Join(' ', ErrorsOf(field).Select(e => e.Message));

    private string? Invalid(string field) => ErrorsOf(field).Any() ? "true" : null;
}
