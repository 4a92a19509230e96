using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Releases;

/// <summary>One release with its assets, and a button that verifies them one after the other.</summary>
public sealed partial class ReleaseCard
{
    private readonly Dictionary<long, (string Verdict, string Text)> _found = [];
    private long? _now;
    private bool _running;
    private string _summary = "";

    [Parameter, EditorRequired] public ReleaseView Release { get; set; } = null!;

    /// <summary>Verifies one asset in the person's name; null when the page was left.</summary>
    [Parameter, EditorRequired] public Func<long, Task<ToolOutcome?>> Verify { get; set; } = null!;

    private async Task RunAsync()
    {
        if (_running) return;
        (_running, _summary) = (true, "");
        _found.Clear();
        try
        {
            foreach (var asset in Release.Assets.Where(a => a.State == "uploaded"))
            {
                _now = asset.Id;
                StateHasChanged();
                _found[asset.Id] = ReleaseWords.Verdict(await Verify(asset.Id));
            }
            var bad = _found.Values.Count(f => f.Verdict == VerifyVerdict.Conflict);
            var shown = _found.Values.Count(f => f.Verdict is VerifyVerdict.Agree or VerifyVerdict.IntegrityOnly);
            _summary = bad > 0 ? $"{bad} of {_found.Count} assets are not what they are said to be." : $"{shown} of {_found.Count} assets are what they are said to be.";
        }
        finally
        {
            (_now, _running) = (null, false);
        }
    }
}
