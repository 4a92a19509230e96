using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Evidence;

/// <summary>Evidence that a person brings: a log, a report, or a ZIP archive of them.</summary>
public sealed class EvidenceUpload
{
    private const int LongestName = 200;

    private readonly Database _database;
    private readonly EvidenceStore _store;

    internal EvidenceUpload(Database database, EvidenceStore store) => (_database, _store) = (database, store);

    /// <summary>Stores what a person brings: an archive is unpacked, safely; anything else is one file. Nothing is stored when it does not arrive whole.</summary>
    /// <param name="name">The file's name, as the browser says it.</param>
    /// <param name="repo">owner/name, or empty.</param>
    /// <param name="length">How many bytes there will be.</param>
    /// <param name="progress">How much has arrived, 0 to 1.</param>
    /// <returns>The evidence's id.</returns>
    /// <exception cref="IOException">It ended early.</exception>
    /// <exception cref="IdentityRefusedException">The person may not; the message is for them.</exception>
    public async Task<string> BringAsync(string name, string repo, Stream content, long length, Actor person, Action<double> progress, CancellationToken cancellationToken)
    {
        if (await _database.ReadAsync(db => OperatorDirectory.WhyNotAsync(db, person, Role.Operator, "Bringing evidence", cancellationToken), cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
        await using var scratch = ScratchFile.Create();
        var (buffer, arrived) = (new byte[128 << 10], 0L);
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            await scratch.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            arrived += count;
            progress(Math.Min(1, (double)arrived / Math.Max(1, length)));
        }
        if (arrived < length) throw new EndOfStreamException($"{arrived} of {length} bytes arrived.");
        scratch.Position = 0;
        return await StoreAsync(name, repo, scratch, person.Subject, cancellationToken);
    }

    /// <param name="content">Seekable, at its beginning.</param>
    internal async Task<string> StoreAsync(string name, string repo, Stream content, string createdBy, CancellationToken cancellationToken)
    {
        var intake = _store.Intake();
        var label = VisibleText.Of(name[(name.LastIndexOfAny(['/', '\\']) + 1)..]);
        if (label.Length > LongestName) label = label[..LongestName];
        if (label.Length == 0) label = "upload";
        if (await IsZipAsync(content, cancellationToken)) await intake.AddArchiveAsync(content, _ => null, _ => null, cancellationToken);
        else await intake.AddAsync(label, content, content.Length, null, cancellationToken);
        return (await _store.SaveAsync(new EvidenceOrigin(EvidenceKinds.Upload, label, repo.Trim()), intake, createdBy, cancellationToken)).EvidenceId;
    }

    private static async Task<bool> IsZipAsync(Stream content, CancellationToken cancellationToken)
    {
        var start = new byte[4];
        var length = await content.ReadAtLeastAsync(start, 4, throwOnEndOfStream: false, cancellationToken);
        content.Position = 0;
        return length == 4 && start is [(byte)'P', (byte)'K', 3 or 5, 4 or 6];
    }
}
