using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>All triage drafts, newest first.</summary>
public sealed partial class TriagesPage
{
    private const int PageSize = 50;

    private TriageList _list = new([], null);

    [Inject] private TriageDesk Drafts { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    protected override bool Concerns(Change change) => change.Topic is Topics.Jobs or Topics.Evidence;

    protected override async Task LoadAsync() => _list = await Drafts.ListAsync(Text, string.IsNullOrEmpty(Before) ? null : Before, PageSize, Left);

    private static string Count(TriageSummary draft, int count) => draft.Version > 0 ? count.ToString() : "–";
}
