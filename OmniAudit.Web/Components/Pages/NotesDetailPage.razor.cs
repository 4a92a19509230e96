using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The workbench of one release's notes: their text in every version, put together otherwise, edited, and what is not in it.</summary>
public sealed partial class NotesDetailPage
{
    private const int MostExcluded = 500;

    private static readonly (string Value, string Label)[] Groupings = [.. NotesGrouping.All.Select(g => (g, g))];
    private static readonly (string Value, string Label)[] LinkChoices = [("on", "are links"), ("off", "are text")];

    private NotesDetail? _detail;
    private NotesDocument? _document;
    private string _text = "";
    private bool _isPreview, _editing, _busy, _saved, _loaded;
    private int? _edited;
    private string _said = "";
    /// <summary>The address that it was said at: elsewhere it is no longer shown.</summary>
    private string _saidOf = "";

    [Inject] private NotesQueries Notes { get; set; } = null!;
    [Inject] private NotesDesk Desk { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Parameter] public string NotesId { get; set; } = "";
    [SupplyParameterFromQuery(Name = "version")] public string? Version { get; set; }
    [SupplyParameterFromQuery(Name = "group")] public string? Group { get; set; }
    [SupplyParameterFromQuery(Name = "links")] public string? Links { get; set; }

    protected override bool Concerns(Change change) => change.Topic == Topics.Notes && change.Id == NotesId;

    protected override async Task LoadAsync()
    {
        var detail = await Notes.FindAsync(NotesId, int.TryParse(Version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null, Left);
        (_detail, _document, _loaded) = (detail, detail?.Document, true);
        if (_saidOf != Shown) _said = "";
        if (detail is null || _editing) return;
        _text = detail.Markdown;
        _isPreview = false;
        var group = NotesGrouping.All.Contains(Group ?? "") ? Group : null;
        if (detail.Document is null || (group is null && Links is not ("on" or "off"))) return;
        var options = new NotesOptions(group ?? detail.Notes.Options.GroupBy, Links is "on" or "off" ? Links == "on" : detail.Notes.Options.PrLinks);
        if (await Notes.ReplayAsync(NotesId, options, Left) is not var (document, markdown)) return;
        (_document, _isPreview) = (document, markdown != detail.Markdown);
        if (_isPreview) _text = markdown;
    }

    private string Shown => $"{NotesId} {Version} {Group} {Links}";

    private async Task<string?> SaveAsync(string text)
    {
        if (_detail is not { } detail || await CurrentPersonAsync() is not { } person) return "Your sign-in has ended: sign in again in another window, and save then.";
        try
        {
            // What was shown when the editing began; a preview stands on the newest.
            var number = await Desk.SaveVersionAsync(NotesId, text, _edited ?? detail.Versions.Count, person, Left);
            (_said, _saved) = ($"Version {number} is saved.", true);
            return null;
        }
        catch (NotesRefusedException refused)
        {
            return refused.Message;
        }
    }

    private void Edit() => (_editing, _edited, _said) = (true, _detail?.Versions.Count, "");

    private async Task CloseEditorAsync()
    {
        (_editing, _edited) = (false, null);
        if (_said.Length == 0) return;
        GoToNewest();
        // Where the address stays the same, nobody else reads anew.
        await LoadAsync();
    }

    private async Task SavePreviewAsync()
    {
        if (_busy) return;
        _busy = true;
        try
        {
            if (await SaveAsync(_text) is { } why) (_said, _saved, _saidOf) = (why, false, Shown);
            else GoToNewest();
        }
        finally
        {
            _busy = false;
        }
    }

    /// <summary>The address of the newest version, without what made the preview.</summary>
    private void GoToNewest()
    {
        _saidOf = $"{NotesId}   ";
        Navigation.NavigateTo(PageLinks.Notes(NotesId));
    }
}
