using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Requests in a list; each row opens its card. With <see cref="Toggle"/> rows can be chosen.</summary>
public sealed partial class ApprovalTable
{
    [Parameter, EditorRequired] public IReadOnlyList<ApprovalSummary> Rows { get; set; } = [];

    /// <summary>How many of the approvals that are needed each waiting row has, by id; null shows no such column.</summary>
    [Parameter] public IReadOnlyDictionary<string, (int Filled, int Needed)>? Progress { get; set; }

    /// <summary>The ids of the rows that are chosen.</summary>
    [Parameter] public IReadOnlySet<string>? Chosen { get; set; }

    /// <summary>Who chooses: nobody decides about their own requests.</summary>
    [Parameter] public string Subject { get; set; } = "";
    [Parameter] public EventCallback<ApprovalSummary> Toggle { get; set; }
    [Parameter] public EventCallback<bool> ToggleAll { get; set; }

    private bool AllChosen => Rows.Any(MayChoose) && Rows.Where(MayChoose).All(r => Chosen?.Contains(r.ApprovalId) == true);

    private bool MayChoose(ApprovalSummary row) => row.State == ApprovalState.Pending && row.RequesterSubject != Subject;
}
