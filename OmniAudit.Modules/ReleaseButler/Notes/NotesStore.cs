using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>The rows of notes and the objects that they are.</summary>
internal sealed class NotesStore(Database database, ObjectStore objects, ChangeFeed changes, TimeProvider time)
{
    /// <summary>
    /// Makes notes of the inputs and keeps both. A crash on the way leaves objects that nobody refers to, and no notes.
    /// </summary>
    public async Task<(NotesRow Row, NotesDocument Document, string Markdown)> AddAsync(NotesInputs inputs, NotesOptions options, Actor by, CancellationToken cancellationToken)
    {
        // Made of what is kept and not of what came: only so it is the same again.
        var kept = JsonSerializer.Deserialize<NotesInputs>(JsonSerializer.SerializeToUtf8Bytes(inputs, NotesJson.Options), NotesJson.Options)!;
        var (document, markdown) = new StoredNotes(1, kept, options, "").Replay();
        var whole = await PutAsync(JsonSerializer.SerializeToUtf8Bytes(new StoredNotes(1, kept, options, markdown), NotesJson.Options), "application/json", cancellationToken);
        var text = await PutAsync(Encoding.UTF8.GetBytes(markdown), "text/markdown", cancellationToken);
        var row = new NotesRow
        {
            NotesId = Ids.New("nts", time), Repo = document.Repo, FromName = document.From?.Name, ToName = document.To.Name, ToSha = document.To.Sha, FallbackUsed = document.FallbackUsed, GroupBy = document.GroupBy, PrLinks = options.PrLinks,
            Total = document.Accounting.Total, OnLines = document.Accounting.OnLines, Lines = document.Accounting.Lines, Excluded = document.Accounting.Excluded, Missing = document.Accounting.Missing, Breaking = document.Breaking,
            DocumentRef = whole.Reference, DocumentSha256 = whole.Sha256, DocumentSize = whole.Size, CreatedBy = by.Subject, CreatedByName = by.Name, CreatedAt = time.GetUtcNow(),
        };
        await database.WriteAsync(db =>
        {
            db.Add(row);
            db.Add(Version(row.NotesId, 1, text, by));
            return Task.CompletedTask;
        }, cancellationToken);
        changes.Publish(Topics.Notes, row.NotesId);
        return (row, document, markdown);
    }

    public NotesVersionRow Version(string notesId, int number, StoredObject text, Actor by) => new()
    {
        NotesId = notesId, Number = number, MarkdownRef = text.Reference, Sha256 = text.Sha256, Size = text.Size, CreatedBy = by.Subject, CreatedByName = by.Name, CreatedAt = time.GetUtcNow(),
    };

    public Task<StoredObject> PutAsync(byte[] content, string mediaType, CancellationToken cancellationToken) => objects.PutAsync(new MemoryStream(content, writable: false), mediaType, cancellationToken);

    public Task<NotesRow?> FindAsync(string notesId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<NotesRow>().FirstOrDefaultAsync(n => n.NotesId == notesId, cancellationToken), cancellationToken);

    /// <summary>Oldest first.</summary>
    public Task<List<NotesVersionRow>> VersionsAsync(string notesId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<NotesVersionRow>().Where(v => v.NotesId == notesId).OrderBy(v => v.Number).ToListAsync(cancellationToken), cancellationToken);

    /// <exception cref="ObjectMissingException">The store lost it.</exception>
    public async Task<StoredNotes> LoadAsync(NotesRow row, CancellationToken cancellationToken)
    {
        await using var content = await objects.OpenAsync(row.DocumentRef, cancellationToken);
        return await JsonSerializer.DeserializeAsync<StoredNotes>(content, NotesJson.Options, cancellationToken) ?? throw new JsonException($"The notes {row.DocumentRef} are empty.");
    }

    /// <exception cref="ObjectMissingException">The store lost it.</exception>
    public async Task<string> TextAsync(NotesVersionRow version, CancellationToken cancellationToken)
    {
        await using var content = await objects.OpenAsync(version.MarkdownRef, cancellationToken);
        using var reader = new StreamReader(content, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
