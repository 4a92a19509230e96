using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.GitHub.Archives;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>
/// Takes the files of one piece of evidence in, one after the other: texts are stored without their secrets, and whatever is not stored is noted with its reason. What is
/// stored here belongs to nothing until <see cref="EvidenceStore.SaveAsync"/> has written the manifest.
/// </summary>
internal sealed class EvidenceIntake(ObjectStore objects)
{
    /// <summary>Larger files are copied by way of a scratch file.</summary>
    private const int InMemory = 1 << 20;

    private readonly List<EvidenceFile> _files = [];
    private readonly List<RejectedFile> _rejected = [];
    private readonly List<string> _caps = [];
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

    public string? ArchiveSha256 { get; set; }
    public string? Problem { get; set; }

    /// <summary>Takes a file in.</summary>
    /// <param name="path">Harmless: from <see cref="SafeZip"/>, or of our own making.</param>
    /// <param name="size">How long it says it is.</param>
    public async Task AddAsync(string path, Stream content, long size, string? job, CancellationToken cancellationToken)
    {
        if (!_names.Add(path))
        {
            Reject(new RejectedFile(path, "duplicate_name", "A file before it has the same name."));
            return;
        }
        await using Stream copy = size <= InMemory ? new MemoryStream() : ScratchFile.Create();
        CopiedText copied;
        await using (var buffered = new BufferedStream(new Kept(copy), 128 << 10)) copied = await RedactedCopy.WriteAsync(content, buffered, cancellationToken);
        string? reference = null;
        if (copied.IsText)
        {
            copy.Position = 0;
            reference = (await objects.PutAsync(copy, "text/plain", cancellationToken)).Reference;
        }
        _files.Add(new EvidenceFile(path, copied.Size, copied.Sha256, reference, copied.Redactions, job, copied.IsText ? null : "binary"));
    }

    /// <summary>Takes all files of an archive in.</summary>
    /// <param name="keep">Why a file is known and not kept, as a word; null for what is.</param>
    /// <param name="job">The job whose log a file is; null when it is none's.</param>
    public async Task AddArchiveAsync(Stream archive, Func<string, string?> keep, Func<string, string?> job, CancellationToken cancellationToken)
    {
        var read = await SafeZip.ReadAsync(archive, new ArchiveLimits(), async (file, content, stop) =>
        {
            if (keep(file.Name) is { } why) _files.Add(new EvidenceFile(file.Name, file.Size, file.Sha256, null, 0, job(file.Name), why));
            else await AddAsync(file.Name, content, file.Size, job(file.Name), stop);
        }, cancellationToken);
        foreach (var rejected in read.Rejected) Reject(new RejectedFile(rejected.Name, rejected.Reason, rejected.Message));
        Problem ??= read.Problem;
    }

    public void Reject(RejectedFile file) => _rejected.Add(file);

    /// <summary>Notes that something is missing because of a bound.</summary>
    public void Cap(string sentence) => _caps.Add(sentence);

    public EvidenceManifest Manifest(EvidenceOrigin origin)
    {
        // Names and hashes only: an order of our own, so that the server's does not matter.
        var files = _files.OrderBy(f => f.Path, StringComparer.Ordinal).ToList();
        var rejected = _rejected.OrderBy(r => r.Path, StringComparer.Ordinal).ThenBy(r => r.Reason, StringComparer.Ordinal).ToList();
        var listed = new StringBuilder();
        foreach (var file in files) listed.Append(file.Sha256).Append("  ").Append(file.Path).Append('\n');
        foreach (var file in rejected) listed.Append("rejected ").Append(file.Reason).Append("  ").Append(file.Path).Append('\n');
        if (Problem is not null) listed.Append("problem ").Append(Problem).Append('\n');
        return new EvidenceManifest(1, origin, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(listed.ToString()))), ArchiveSha256, files, rejected, Problem, [.. _caps]);
    }

    /// <summary>Stays open when the buffer before it is closed.</summary>
    private sealed class Kept(Stream inner) : Stream
    {
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
        public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);
        public override void Flush() => inner.Flush();
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => inner.Length;
        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
