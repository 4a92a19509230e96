using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>A repository's releases with their assets, and what was published from here.</summary>
public sealed partial class ReleasesPage
{
    private const string VerifyTool = "releasebutler.verify_asset";
    private const int MostReleases = 30;

    private IReadOnlyList<string> _writable = [];
    private IReadOnlyList<ReleaseProgress> _operations = [];
    private ReleaseList? _list;
    private string? _shown;
    private string _states = "";

    [Inject] private ReleaseBoard Board { get; set; } = null!;
    [Inject] private ReleaseJournal Journal { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "repo")] public string? Repo { get; set; }

    protected override bool Concerns(Change change) => change.Topic == Topics.Releases;

    protected override async Task LoadAsync()
    {
        _writable = [.. Options.Policy.RepoWriteAllowlist];
        _operations = await Journal.ListAsync(50, Left);
        if (string.IsNullOrWhiteSpace(Repo))
        {
            (_list, _shown) = (null, null);
            return;
        }
        // GitHub may be slow, and the first rendering waits for nobody.
        if (!IsLive) return;
        if (_shown != Repo) (_list, _shown) = (null, Repo);
        // An upload tells of itself many times a second; GitHub is asked again when one begins, goes on to its next step or ends.
        var states = string.Join(' ', _operations.Select(o => o.OperationId + o.State));
        if (states == _states && _list is { Error: null }) return;
        _states = states;
        _list = await Board.ListAsync(Repo.Trim(), MostReleases, Left);
    }

    private async Task<ToolOutcome?> VerifyAsync(long assetId) => await RunAsync(VerifyTool, new { repo = Repo!.Trim(), asset_id = assetId, checksum_source = "auto" });
}
