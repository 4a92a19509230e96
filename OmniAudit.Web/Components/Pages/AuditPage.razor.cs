using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Every recorded call. New ones say that they are there and do not move what is being read.</summary>
public sealed partial class AuditPage
{
    private const int PageSize = 50;

    private static readonly (string Value, string Label)[] Choices =
    [
        ("", "All"), (CallStatus.Succeeded, "Succeeded"), (CallStatus.NeedsApproval, "Needs approval"), (CallStatus.Refused, "Refused"),
        (CallStatus.Failed, "Failed"), (CallStatus.Unknown, "Unknown"),
    ];

    private IReadOnlyList<CallView> _rows = [];
    private (string?, string?, string?, string?)? _shown;
    private bool _news;

    [Inject] private AuditQueries Audit { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "status")] public string? Status { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Query { get; set; }
    [SupplyParameterFromQuery(Name = "actor")] public string? Actor { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    private bool Filtered => !string.IsNullOrEmpty(Status) || !string.IsNullOrEmpty(Query) || !string.IsNullOrEmpty(Actor);

    private string Older => Navigation.GetUriWithQueryParameter("before", _rows[^1].CallId);

    protected override bool Concerns(Change change) => change.Topic == Topics.Calls && Before is null;

    protected override async Task LoadAsync()
    {
        var rows = await Audit.ListAsync(new CallFilter("", Status ?? "", Query ?? "", Before, PageSize, Actor ?? ""), Left);
        if (_shown == (Status, Query, Before, Actor) && _rows.Count > 0)
        {
            _news = rows.Count > 0 && rows[0].CallId != _rows[0].CallId;
            // What is on the page keeps its place; only its state goes on.
            var now = rows.ToDictionary(r => r.CallId, StringComparer.Ordinal);
            _rows = [.. _rows.Select(r => now.GetValueOrDefault(r.CallId, r))];
            return;
        }
        (_rows, _shown, _news) = (rows, (Status, Query, Before, Actor), false);
    }

    private Task ShowNewsAsync()
    {
        _shown = null;
        return LoadAsync();
    }
}
