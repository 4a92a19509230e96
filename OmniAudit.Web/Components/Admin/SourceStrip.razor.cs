using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Admin;

/// <summary>How the sources that are read by the clock stand, in one line. Nothing without any.</summary>
public sealed partial class SourceStrip : LivePage
{
    private IReadOnlyList<SourceState> _sources = [];

    [Inject] private SourceHealth Health { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic == Topics.EventSources;

    protected override async Task LoadAsync() => _sources = [.. (await Health.ListAsync(Left)).Where(s => s.State is not ("off" or "never"))];

    private static string? Tone(string state) => state switch
    {
        "stopped" => "bad",
        "failing" => "warn",
        _ => null,
    };
}
