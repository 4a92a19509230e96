using System.Text;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Admin;

/// <summary>Everything about one event: fields, changes, targets, what happened around it, what people say, and the record itself.</summary>
public sealed partial class EventDetail
{
    private const int MostTargets = 50;
    /// <summary>More of a record is not laid out; it can be copied and downloaded whole.</summary>
    private const int MostCharacters = 100_000;
    /// <summary>A longer record is folded at first.</summary>
    private const int OpenBytes = 20_000;

    private StoredEvent? _event;
    private byte[]? _raw;
    private string _pretty = "";
    private string? _rawProblem, _shown;
    private bool _loaded, _cut, _focus;
    private ElementReference _heading;

    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private EventSearch Search { get; set; } = null!;

    [Parameter, EditorRequired] public string EventId { get; set; } = "";

    /// <summary>What + and − start from.</summary>
    [Parameter, EditorRequired] public EventFilters Filters { get; set; } = EventFilters.Default;

    /// <summary>Another event that is opened from here stays in the drawer.</summary>
    [Parameter] public bool InDrawer { get; set; }

    /// <summary>The event that is shown, once it was read; null when there is none.</summary>
    [Parameter] public EventCallback<StoredEvent?> Read { get; set; }

    protected override bool Concerns(Change change) => change.Topic == Topics.Events && change.Id == EventId;

    protected override async Task LoadAsync()
    {
        // Read once, by the live page.
        if (!IsLive) return;
        var another = _shown != EventId;
        var wanted = EventId;
        var found = await Search.FindAsync(wanted, Left);
        if (wanted != EventId) return;
        if (another)
        {
            (_shown, _raw, _rawProblem, _pretty) = (wanted, null, null, "");
            if (found is not null) await ReadRecordAsync(found.Id);
            _focus = InDrawer;
        }
        (_event, _loaded) = (found, true);
        // Once for each event: it renders the page around this, which sets the parameters and reads again.
        if (another) await Read.InvokeAsync(found);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focus) return;
        _focus = false;
        // Who opened it by key goes on reading here; the row is one Escape away.
        await _heading.FocusAsync(preventScroll: true);
    }

    private async Task ReadRecordAsync(string eventId)
    {
        try
        {
            _raw = await Search.RawAsync(eventId, Left);
            if (_raw is null) return;
            var pretty = AuditWords.Pretty(Encoding.UTF8.GetString(_raw));
            _cut = pretty.Length > MostCharacters;
            _pretty = _cut ? pretty[..MostCharacters] : pretty;
        }
        catch (InvalidDataException damaged)
        {
            _rawProblem = damaged.Message;
        }
    }

    private string RelatedLink(string eventId) => InDrawer ? Filters.Opening(eventId).Link : AuditWords.EventPage(eventId);

    private static string RawLink(string eventId) => $"{AuditWords.EventPage(eventId)}/raw";

    private RenderFragment Heading(int below, string id, string text) => builder =>
    {
        builder.OpenElement(0, below == 0 ? "h2" : "h3");
        builder.AddAttribute(1, "id", id);
        if (below == 0)
        {
            builder.AddAttribute(2, "tabindex", "-1");
            builder.AddElementReferenceCapture(3, reference => _heading = reference);
        }
        FaithfulText.Write(builder, text);
        builder.CloseElement();
    };
}
