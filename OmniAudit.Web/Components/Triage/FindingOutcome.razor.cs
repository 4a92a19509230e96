using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Triage.Confidence;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Triage;

/// <summary>Lets a person say what a finding turned out to be, and shows how good its rule has been.</summary>
public sealed partial class FindingOutcome
{
    private FindingLabel? _label;
    private string? _refusal;

    [Inject] private FindingLabels Labels { get; set; } = null!;

    /// <summary>owner/name.</summary>
    [Parameter, EditorRequired] public string Repo { get; set; } = "";
    [Parameter, EditorRequired] public string FindingId { get; set; } = "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Evidence && change.Id == FindingId;

    protected override async Task LoadAsync() => _label = await Labels.FindAsync(Repo, FindingId, Left);

    private async Task MarkAsync(string outcome)
    {
        _refusal = await CurrentPersonAsync() is { } person ? await Labels.MarkAsync(Repo, FindingId, outcome, person, Left) : "Your session has ended. Sign in again; nothing was noted.";
        await LoadAsync();
    }

    private static string Word(string outcome) => outcome switch { FindingOutcomes.Real => "A real fault", FindingOutcomes.Flaky => "Flaky", _ => "Not a fault" };

    private static string Measured(FindingLabel label) => label.Precision is { } precision
        ? string.Create(CultureInfo.InvariantCulture, $"Of {label.Count} labelled findings of this rule {precision:P0} were real (95 %: {label.Low:P0} to {label.High:P0}).")
        : string.Create(CultureInfo.InvariantCulture, $"Uncalibrated: {label.Count} findings of this rule are labelled, and fewer than 20 say nothing.");
}
