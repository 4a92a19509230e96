using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One release that was asked for here: each of its assets on its way, then what came of it.</summary>
public sealed partial class ReleasePage
{
    private const string CreateTool = "releasebutler.create_release";

    private ApprovalDetail? _approval;
    private ReleaseProgress? _progress;
    private bool _loaded;

    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private ReleaseJournal Journal { get; set; } = null!;

    [Parameter] public string OperationId { get; set; } = "";

    private string? Link => Uri.TryCreate(_progress?.ReleaseUrl, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" ? _progress!.ReleaseUrl : null;

    protected override bool Concerns(Change change) => change.Id == OperationId && change.Topic is Topics.Releases or Topics.Approvals;

    protected override async Task LoadAsync()
    {
        _approval = await Approvals.FindAsync(OperationId, Left) is { } found && found.Summary.Tool == CreateTool ? found : null;
        _progress = _approval is null ? null : await Journal.FindAsync(OperationId, Left);
        _loaded = true;
    }
}
