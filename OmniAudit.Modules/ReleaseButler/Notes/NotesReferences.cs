using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>What release notes refer to: what they were made of, and the text of every version.</summary>
internal sealed class NotesReferences(Database database) : IObjectReferrer
{
    public IReadOnlyList<string> Columns { get; } = ["release_notes.DocumentRef", "release_note_versions.MarkdownRef"];

    public async IAsyncEnumerable<ObjectUse> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = database.RowsAsync(
            (db, last) => db.Set<NotesRow>().Where(n => string.Compare(n.NotesId, last) > 0).OrderBy(n => n.NotesId).Select(n => new { n.NotesId, n.DocumentRef }), n => n.NotesId, cancellationToken);
        await foreach (var notes in rows)
        {
            yield return new ObjectUse(notes.DocumentRef, $"release notes {notes.NotesId}");
            var versions = await database.ReadAsync(db => db.Set<NotesVersionRow>().Where(v => v.NotesId == notes.NotesId).OrderBy(v => v.Number).Select(v => new { v.Number, v.MarkdownRef }).ToListAsync(cancellationToken), cancellationToken);
            foreach (var version in versions) yield return new ObjectUse(version.MarkdownRef, $"release notes {notes.NotesId}: version {version.Number}");
        }
    }
}
