using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Controls;

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

    [Inject] private ReleaseBoard Board { get; set; } = null!;
    [Inject] private ReleaseJournal Journal { get; set; } = null!;
    [Inject] private ToolCallRunner Runner { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "repo")] public string? Repo { get; set; }

    protected override bool Concerns(Change change) => change.Topic == Topics.Releases;

    protected override async Task LoadAsync()
    {
        _writable = [.. Options.Policy.RepoWriteAllowlist];
        if (string.IsNullOrWhiteSpace(Repo))
        {
            (_list, _shown) = (null, null);
            _operations = await Journal.ListAsync("", 50, Left);
            return;
        }
        // GitHub may be slow, and the first rendering waits for nobody.
        if (!IsLive) return;
        if (_shown != Repo) (_list, _shown) = (null, Repo);
        _list = await Board.ListAsync(Repo.Trim(), MostReleases, Left);
    }

    private async Task<ToolOutcome?> VerifyAsync(long assetId) => await CurrentPersonAsync() is { } person
        ? await Runner.RunAsync(VerifyTool, JsonSerializer.SerializeToElement(new { repo = Repo!.Trim(), asset_id = assetId, checksum_source = "auto" }), ConsoleCall.By(person), Left)
        : new ToolOutcome.Refused("session_ended", "Your session has ended. Sign in again.", []);
}
