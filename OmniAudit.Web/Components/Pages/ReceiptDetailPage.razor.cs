using System.Text;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One receipt with its proof, checked in place or taken away.</summary>
public sealed partial class ReceiptDetailPage
{
    private ReceiptDownload? _download;
    private VerificationResult? _verdict;
    private ProofPath? _path;
    private SubjectBook _book = SubjectBook.Empty;
    private string _bytes = "";
    private string _vkey = "";
    private long _size;
    /// <summary>The rule that the receipt's hash stands for; null when the request has moved to another one, or is none.</summary>
    private FrozenRule? _rule;
    private bool _loaded;
    private bool _keyChanged;

    [Inject] private ReceiptQueries Receipts { get; set; } = null!;

    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private AgentDirectory Agents { get; set; } = null!;

    [Parameter] public string ReceiptId { get; set; } = "";

    /// <summary>A receipt never changes; its proof was made against the checkpoint that was newest when the page was opened.</summary>
    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        _download = await Receipts.DownloadAsync(ReceiptId, Left);
        var status = await Receipts.GetStatusAsync(Left);
        (_size, _vkey, _keyChanged) = (status.Size, status.Vkey ?? "", status.EarlierKeys.Count > 0);
        _book = await SubjectBook.ReadAsync(Operators, Agents, Approvals, Left);
        _path = _download is null ? null : ProofPath.Of(_download);
        _bytes = _download is { } download ? Encoding.UTF8.GetString(download.Receipt.Span) : "";
        var request = _download is null ? null : await Approvals.FindAsync(_download.Item.ApprovalId, Left);
        _rule = request is not null && request.PolicySha256 == _download!.Item.PolicySha256 ? request.Rule : null;
        _verdict = null;
        _loaded = true;
    }

    /// <summary>No tool made it and nobody asked for it: the administrator changed the log's key.</summary>
    private bool IsKeyChange => _download?.Item.Kind == ReceiptKind.LogKey;

    private async Task VerifyAsync() => _verdict = await Receipts.VerifyAsync(ReceiptId, Left);
}
