using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Admin;

/// <summary>What people add to an event: tags and comments.</summary>
public sealed partial class EventNotesPanel
{
    private const string Ended = "Your session has ended. Sign in again; nothing was saved.";

    private IReadOnlyList<EventComment> _comments = [];
    private string? _tag, _comment, _tagError, _commentError;
    private string? _of;
    private bool _busy;

    [Inject] private EventNotes Notes { get; set; } = null!;

    [Parameter, EditorRequired] public StoredEvent Event { get; set; } = null!;
    [Parameter, EditorRequired] public EventFilters Filters { get; set; } = EventFilters.Default;

    /// <summary>Called with the tags as they are kept.</summary>
    [Parameter, EditorRequired] public EventCallback<IReadOnlyList<string>> Tagged { get; set; }
    [Parameter] public RenderFragment? HeadingOfTags { get; set; }
    [Parameter] public RenderFragment? HeadingOfComments { get; set; }
    [Parameter] public string Id { get; set; } = "note";

    private bool MayChange => IsLive && Role >= Role.Operator && !_busy;

    protected override bool Concerns(Change change) => change.Topic == Topics.Events && change.Id == Event.Id;

    protected override async Task LoadAsync()
    {
        // Another event: what stands in the boxes was meant for the one before.
        if (_of != Event.Id) (_of, _tag, _comment, _tagError, _commentError) = (Event.Id, null, null, null, null);
        _comments = await Notes.CommentsAsync(Event.Id, Left);
    }

    private Task AddTagAsync() => string.IsNullOrWhiteSpace(_tag) ? Task.CompletedTask : TagAsync([.. Event.Tags, .. _tag.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);

    private async Task TagAsync(IEnumerable<string> tags)
    {
        IReadOnlyList<string> wanted = [.. tags];
        _tagError = await DoAsync(async person =>
        {
            await Tagged.InvokeAsync(await RecordedAsync("adminops.tag_event", person, () => Notes.TagAsync(Event.Id, wanted, person, Left)));
            _tag = null;
        });
    }

    private async Task CommentAsync() => _commentError = await DoAsync(async person =>
    {
        await RecordedAsync("adminops.comment_event", person, () => Notes.CommentAsync(Event.Id, _comment ?? "", person, Left));
        _comment = null;
        _comments = await Notes.CommentsAsync(Event.Id, Left);
    });

    /// <summary>Why it was not done; null when it was.</summary>
    private async Task<string?> DoAsync(Func<Actor, Task> deed)
    {
        if (_busy) return null;
        _busy = true;
        try
        {
            if (await CurrentPersonAsync() is not { } person) return Ended;
            await deed(person);
            return null;
        }
        catch (IdentityRefusedException refused)
        {
            return refused.Message;
        }
        catch (KeyNotFoundException)
        {
            return "This event is no longer stored; nothing was saved.";
        }
        finally
        {
            _busy = false;
        }
    }
}
