using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>A text was not saved; the message says why and what to do.</summary>
/// <param name="field">What is wrong, by its wire name; empty when no field is.</param>
/// <param name="message">For the person who asked.</param>
public sealed class NotesRefusedException(string field, string message) : Exception(message)
{
    /// <summary>What is wrong, by its wire name; empty when no field is.</summary>
    public string Field { get; } = field;
}

/// <summary>What people do with notes: save another text of them.</summary>
public sealed class NotesDesk
{
    /// <summary>The longest text, in characters: GitHub takes no longer body of a release.</summary>
    public const int MostCharacters = 125_000;

    private const int MostVersions = 500;

    private readonly Database _database;
    private readonly NotesStore _store;
    private readonly ChangeFeed _changes;

    internal NotesDesk(Database database, NotesStore store, ChangeFeed changes) => (_database, _store, _changes) = (database, store, changes);

    /// <summary>Saves a text as the next version; earlier ones stay as they are. The text of the newest version again makes no new one.</summary>
    /// <param name="notesId">The notes.</param>
    /// <param name="markdown">The whole text.</param>
    /// <param name="edited">The version that was edited: when another one was saved meanwhile, nothing is.</param>
    /// <param name="by">The person.</param>
    /// <param name="cancellationToken">Ends the saving before its commit.</param>
    /// <returns>The version's number.</returns>
    /// <exception cref="NotesRefusedException">Nothing was saved.</exception>
    public async Task<int> SaveVersionAsync(string notesId, string markdown, int edited, Actor by, CancellationToken cancellationToken)
    {
        var text = markdown.ReplaceLineEndings("\n");
        if (string.IsNullOrWhiteSpace(text)) throw new NotesRefusedException("markdown", "Notes need a text.");
        if (text.Length > MostCharacters) throw new NotesRefusedException("markdown", $"The text has {text.Length:N0} characters; GitHub takes {MostCharacters:N0} at most.");
        // Before anything is stored, and again in the commit.
        if (await _database.ReadAsync(db => OperatorDirectory.WhyNotAsync(db, by, Role.Operator, "Saving notes", cancellationToken), cancellationToken) is { } no) throw new NotesRefusedException("", no);
        var stored = await _store.PutAsync(Encoding.UTF8.GetBytes(text), "text/markdown", cancellationToken);
        var number = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, by, Role.Operator, "Saving notes", cancellationToken) is { } refused) throw new NotesRefusedException("", refused);
            var newest = await db.Set<NotesVersionRow>().Where(v => v.NotesId == notesId).OrderByDescending(v => v.Number).FirstOrDefaultAsync(cancellationToken)
                ?? throw new NotesRefusedException("notes_id", $"There are no notes {notesId}.");
            if (newest.Sha256 == stored.Sha256) return newest.Number;
            if (newest.Number != edited) throw new NotesRefusedException("version", $"{newest.CreatedByName} saved version {newest.Number} meanwhile, and this text began with version {edited}. Copy your text, open the newest version, and bring the two together.");
            if (newest.Number >= MostVersions) throw new NotesRefusedException("version", $"There are {MostVersions} versions already. Make the notes anew.");
            db.Add(_store.Version(notesId, newest.Number + 1, stored, by));
            return newest.Number + 1;
        }, cancellationToken);
        _changes.Publish(Topics.Notes, notesId);
        return number;
    }
}
