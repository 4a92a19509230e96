using System.Security.Cryptography;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>
/// Brings one asset onto a draft of ours, looking before every attempt at what is there: a name is taken once, so an upload that may have happened
/// is never doubled. What another hand put there is not replaced.
/// </summary>
internal sealed class AssetUploader(GitHubClient gitHub, ReleaseJournal journal)
{
    private const int MostAttempts = 3;
    private const int MostAssets = 1_000;

    /// <summary>Sets <see cref="ReleaseItem.AssetId"/> or <see cref="ReleaseItem.Error"/>.</summary>
    public async Task UploadAsync(ReleaseRun run, ReleaseItem item, CancellationToken cancellationToken)
    {
        string? error = null;
        for (var attempt = 1; attempt <= MostAttempts && item is { AssetId: null, Error: null }; attempt++)
        {
            // A draft that was just created is empty.
            if ((attempt > 1 || run.Plan.Draft is not null) && await LookAsync(run, item, cancellationToken)) break;
            try
            {
                await SendAsync(run, item, cancellationToken);
            }
            catch (GitHubRefusedException refused) when (refused.Reason == "already_exists")
            {
                error = refused.Message;
            }
            catch (GitHubRefusedException refused)
            {
                item.Error = refused.Message;
            }
            catch (GitHubAmbiguousException unclear) when (!cancellationToken.IsCancellationRequested)
            {
                error = unclear.Message;
            }
            catch (ConfinedFileException gone)
            {
                item.Error = $"the file {gone.Message}";
            }
        }
        if (item.AssetId is null) item.Error ??= error ?? "it did not stay there";
        await journal.ChangeAssetAsync(run.OperationId, item.Position, item.Error is null ? ReleaseAssetState.Uploaded : ReleaseAssetState.Failed, item.AssetId, item.Error);
    }

    /// <summary>True when the asset is decided: there as it should be, or the name is another's.</summary>
    private async Task<bool> LookAsync(ReleaseRun run, ReleaseItem item, CancellationToken cancellationToken)
    {
        if ((await gitHub.ListAssetsAsync(run.Input.Repo, run.Release.Id, MostAssets, cancellationToken)).Items.FirstOrDefault(a => a.Name == item.Name) is not { } there) return false;
        if (there.State != "uploaded")
        {
            // The stub of an upload that broke off holds the name.
            await DeleteAsync(run, there.Id, cancellationToken);
            return false;
        }
        if (there.Differences(item.Name, item.Size, item.Sha256) is { Count: > 0 } differences) item.Error = $"an asset of this name with other content is there and is not replaced: {string.Join(", ", differences)}";
        else item.AssetId = there.Id;
        return true;
    }

    private async Task SendAsync(ReleaseRun run, ReleaseItem item, CancellationToken cancellationToken)
    {
        await journal.ChangeAssetAsync(run.OperationId, item.Position, ReleaseAssetState.Uploading);
        await using var content = new SentStream(item.Open!(), sent => journal.Sent(run.OperationId, item.Position, sent));
        if (content.Length != item.Size)
        {
            item.Error = $"the asset has changed since approval: it has {content.Length} bytes now and had {item.Size}";
            return;
        }
        var asset = await gitHub.UploadAssetAsync(run.Input.Repo, run.Release, item.Name, null, item.MediaType, content, item.Size, cancellationToken);
        var differences = asset.Differences(item.Name, item.Size, item.Sha256).ToList();
        if (content.Sha256() != item.Sha256) differences.Insert(0, "the asset has changed since approval, while it was sent");
        if (differences.Count == 0)
        {
            item.AssetId = asset.Id;
            return;
        }
        // It came with this request, so it is ours to take away.
        item.Error = string.Join(", ", differences);
        await DeleteAsync(run, asset.Id, cancellationToken);
    }

    /// <summary>Deleting twice is deleting once; where it stays unclear, the next look tells.</summary>
    private async Task DeleteAsync(ReleaseRun run, long assetId, CancellationToken cancellationToken)
    {
        try
        {
            await gitHub.DeleteAssetAsync(run.Input.Repo, assetId, cancellationToken);
        }
        catch (GitHubRefusedException refused) when (refused.Code == "not_found")
        {
            // Gone already.
        }
        catch (GitHubAmbiguousException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next upload meets the name, and the next look the stub.
        }
    }

    /// <summary>Hashes and counts what is read through it.</summary>
    private sealed class SentStream(Stream content, Action<long> sent) : ReadOnlyStream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _count;

        public override long Length => content.Length;
        public override long Position { get => _count; set => throw new NotSupportedException(); }

        /// <summary>Of what was read, lower-case hex; once.</summary>
        public string Sha256() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await content.ReadAsync(buffer, cancellationToken);
            _hash.AppendData(buffer.Span[..count]);
            sent(_count += count);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _hash.Dispose();
                content.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
