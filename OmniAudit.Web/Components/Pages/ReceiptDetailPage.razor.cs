using System.Text;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One receipt with its proof, checked in place or taken away.</summary>
public sealed partial class ReceiptDetailPage
{
    private ReceiptDownload? _download;
    private VerificationResult? _verdict;
    private string _bytes = "";
    private long _size;
    private bool _loaded;

    [Inject] private ReceiptQueries Receipts { get; set; } = null!;

    [Parameter] public string ReceiptId { get; set; } = "";

    /// <summary>A receipt never changes; its proof was made against the checkpoint that was newest when the page was opened.</summary>
    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        _download = await Receipts.DownloadAsync(ReceiptId, Left);
        _size = (await Receipts.GetStatusAsync(Left)).Size;
        _bytes = _download is { } download ? Encoding.UTF8.GetString(download.Receipt.Span) : "";
        _verdict = null;
        _loaded = true;
    }

    private async Task VerifyAsync() => _verdict = await Receipts.VerifyAsync(ReceiptId, Left);
}
