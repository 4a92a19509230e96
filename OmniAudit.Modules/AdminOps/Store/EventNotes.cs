using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>What people add to events: tags and comments.</summary>
public sealed class EventNotes
{
    private readonly Database _database;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal EventNotes(Database database, ChangeFeed changes, TimeProvider time) => (_database, _changes, _time) = (database, changes, time);

    /// <summary>Replaces an event's tags; answers them as they are kept: trimmed, in lower case, each once, sorted. Operators may.</summary>
    /// <exception cref="IdentityRefusedException">The person may not, or a tag cannot be kept; says which and why.</exception>
    /// <exception cref="KeyNotFoundException">There is no such event.</exception>
    public async Task<IReadOnlyList<string>> TagAsync(string id, IReadOnlyList<string> tags, Actor by, CancellationToken cancellationToken)
    {
        var kept = tags.Select(t => t.Trim().ToLowerInvariant()).Where(t => t.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (kept.Count > EventBounds.Tags) throw new IdentityRefusedException($"tags: an event has at most {EventBounds.Tags}; these are {kept.Count}.");
        foreach (var tag in kept)
        {
            if (tag.Length > EventBounds.Tag) throw new IdentityRefusedException($"tags: '{tag[..20]}…' has {tag.Length} characters; at most {EventBounds.Tag} are kept.");
            if (tag.Contains(',', StringComparison.Ordinal) || VisibleText.Of(tag) != tag) throw new IdentityRefusedException($"tags: '{VisibleText.Of(tag)}' has a comma or characters that cannot be seen.");
        }
        var found = await ChangeAsync(id, by, "Tagging events", async (db, eventId) =>
        {
            var now = await db.Set<EventTagRow>().Where(t => t.EventId == eventId).ToListAsync(cancellationToken);
            db.RemoveRange(now.Where(t => !kept.Contains(t.Tag, StringComparer.Ordinal)));
            db.AddRange(kept.Where(t => !now.Exists(n => n.Tag == t)).Select(t => new EventTagRow { EventId = eventId, Tag = t }));
            db.Add(Trail(by, eventId, kept.Count == 0 ? "tags: none" : $"tags: {string.Join(", ", kept)}"));
        }, cancellationToken);
        _changes.Publish(Topics.Events, EventId.Text(found));
        return kept;
    }

    /// <summary>Adds a comment. Operators may.</summary>
    /// <exception cref="IdentityRefusedException">The person may not, or the text is empty or too long.</exception>
    /// <exception cref="KeyNotFoundException">There is no such event.</exception>
    public async Task<EventComment> CommentAsync(string id, string text, Actor by, CancellationToken cancellationToken)
    {
        var words = text.Trim();
        if (words.Length == 0) throw new IdentityRefusedException("text: write something.");
        if (words.Length > EventBounds.Comment) throw new IdentityRefusedException($"text: has {words.Length:N0} characters; at most {EventBounds.Comment:N0} are kept.");
        var row = new EventCommentRow { CommentId = Ids.New("cmt", _time), Text = words, By = by.Subject, ByName = by.Name, At = _time.GetUtcNow() };
        var found = await ChangeAsync(id, by, "Commenting on events", (db, eventId) =>
        {
            row.EventId = eventId;
            db.Add(row);
            db.Add(Trail(by, eventId, "commented"));
            return Task.CompletedTask;
        }, cancellationToken);
        _changes.Publish(Topics.Events, EventId.Text(found));
        return View(row);
    }

    /// <summary>An event's comments, oldest first.</summary>
    public Task<IReadOnlyList<EventComment>> CommentsAsync(string id, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<EventComment>>(async db =>
    {
        if (await EventSearch.IdAsync(db, id, cancellationToken) is not { } found) return [];
        return (await db.Set<EventCommentRow>().Where(c => c.EventId == found).OrderBy(c => c.CommentId).ToListAsync(cancellationToken)).ConvertAll(View);
    }, cancellationToken);

    /// <summary>Every tag in use and on how many events, most used first.</summary>
    public Task<IReadOnlyList<EventCount>> TagsAsync(CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<EventCount>>(async db =>
        await db.Set<EventTagRow>().GroupBy(t => t.Tag).Select(g => new { g.Key, Events = g.LongCount() }).OrderByDescending(g => g.Events).ThenBy(g => g.Key).Take(500)
            .Select(g => new EventCount(g.Key, g.Events)).ToListAsync(cancellationToken), cancellationToken);

    private Task<long> ChangeAsync(string id, Actor by, string deed, Func<OmniAuditDb, long, Task> change, CancellationToken cancellationToken) => _database.WriteAsync(async db =>
    {
        if (await OperatorDirectory.WhyNotAsync(db, by, Role.Operator, deed, cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
        var found = await EventSearch.IdAsync(db, id, cancellationToken) ?? throw new KeyNotFoundException($"id: there is no event '{(id.Length <= 60 ? id : id[..60])}'.");
        await change(db, found);
        return found;
    }, cancellationToken);

    private IdentityChangeRow Trail(Actor by, long eventId, string what) => IdentityChangeRow.Of(by, $"event:{EventId.Text(eventId)}", "audit event", what.Length <= 1500 ? what : what[..1500], _time);

    private static EventComment View(EventCommentRow row) => new(row.CommentId, row.Text, row.ByName, row.At);
}
