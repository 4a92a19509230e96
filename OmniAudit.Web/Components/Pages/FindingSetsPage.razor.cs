using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>All sets of findings, newest first.</summary>
public sealed partial class FindingSetsPage
{
    private const int PageSize = 50;

    private FindingSetList _list = new([], null);

    [Inject] private EvidenceQueries Evidence { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    protected override bool Concerns(Change change) => change.Topic == Topics.Evidence;

    protected override async Task LoadAsync() => _list = await Evidence.SetsAsync(Text, string.IsNullOrEmpty(Before) ? null : Before, PageSize, Left);
}
