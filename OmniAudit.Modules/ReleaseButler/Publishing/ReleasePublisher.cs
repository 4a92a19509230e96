using System.Collections.Concurrent;
using System.Text;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Tools;
using Output = OmniAudit.Modules.ReleaseButler.CreateReleaseTool.Output;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>
/// Publishes a release so that nobody ever sees half of one: a draft with the operation's mark, its assets, a look at all of them, and only then the
/// publishing, for published releases may take no assets any more. Every step looks first at what is there, so whoever is interrupted anywhere goes on
/// from there when the same is approved again, and there is one release in the end.
/// </summary>
internal sealed class ReleasePublisher(GitHubClient gitHub, ReleasePlanner planner, ReleaseFiles files, ReleaseJournal journal, AssetUploader uploader, ReceiptLog receipts)
{
    private const int MostReleases = 500;
    private const int MostAssets = 1_000;

    /// <summary>One at a time for each tag on this server: two approvals for one release must not both begin. Of two servers the plan's look at drafts, and GitHub's refusal of a tag that is taken, decide.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What <see cref="PublishAsync"/> would do.</summary>
    public Output Rehearse(CreateReleaseTool.Input input, ReleasePlan plan)
    {
        List<string> steps =
        [
            plan.Draft is null ? $"Create a draft of {input.Tag} at {plan.Commit}" : $"Go on with the draft {plan.Draft.Id} that the request {plan.Mark} left",
            .. plan.Files.Select(f => plan.Draft?.Assets?.FirstOrDefault(a => a.Name == f.Name) is { } there && there.Differences(f.Name, f.Size, f.Sha256).Count == 0
                ? $"Find {f.Name} there already" : $"Upload {f.Name} ({f.Size} bytes, SHA-256 {f.Sha256})"),
            .. ReleasePlanner.Generated(input).Select(name => $"Make and upload {name}"),
            "Compare name, size, state and digest of every asset",
        ];
        steps.Add(input.Draft == true ? "Leave it a draft" : $"Publish it{(plan.TagExists ? $" under the tag {input.Tag}, which is there" : $", which makes the tag {input.Tag}")}");
        return new Output("none", plan.Draft?.HtmlUrl, plan.Draft?.Id, plan.Commit, [], [], null, plan.Mark, steps);
    }

    /// <exception cref="ToolRefusedException">Nothing was sent.</exception>
    /// <exception cref="ToolIncompleteException">A draft is there, and is not published.</exception>
    /// <exception cref="GitHubAmbiguousException">Nobody knows.</exception>
    public async Task<Output> PublishAsync(CreateReleaseTool.Input input, ToolCall call, CancellationToken cancellationToken)
    {
        if (call.OperationId.Length == 0) throw new InvalidOperationException("A release is published with an approval only.");
        var turn = _turns.GetOrAdd($"{input.Repo}\n{input.Tag}", _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            var plan = await planner.PlanAsync(input, cancellationToken);
            RequireUnchanged(plan, call);
            var operation = new ReleaseOperationRow
            {
                OperationId = call.OperationId, Repository = plan.Repository.FullName, RepositoryId = plan.Repository.Id, Tag = input.Tag, Fingerprint = plan.Fingerprint, Mark = plan.Mark ?? call.OperationId,
                ReleaseId = plan.Draft?.Id, ReleaseUrl = plan.Draft?.HtmlUrl, RequestedByName = call.Actor.Name,
            };
            var items = ItemsOf(input, plan);
            await journal.BeginAsync(operation, [.. items.Select(i => i.ToRow(call.OperationId))], cancellationToken);
            var release = plan.Draft ?? await CreateDraftAsync(input, plan, call, cancellationToken);
            await journal.ChangeAsync(call.OperationId, o => (o.ReleaseId, o.ReleaseUrl) = (release.Id, release.HtmlUrl));
            var run = new ReleaseRun(input, plan, operation, release, items);
            try
            {
                return await FinishAsync(run, cancellationToken);
            }
            catch (GitHubRefusedException refused)
            {
                // A look at the draft failed; what was sent before was answered.
                throw await IncompleteAsync(run, refused.Message.TrimEnd('.'));
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The release of an operation whose end nobody saw, if it came to be as it was asked for; null otherwise.</summary>
    public async Task<Output?> FindEffectAsync(CreateReleaseTool.Input input, ToolCall call, CancellationToken cancellationToken)
    {
        if (await journal.RowAsync(call.OperationId, cancellationToken) is not { } operation) return null;
        var release = operation.ReleaseId is { } id
            ? await gitHub.FindReleaseAsync(input.Repo, id, cancellationToken)
            : (await gitHub.ListReleasesAsync(input.Repo, MostReleases, cancellationToken)).Items.FirstOrDefault(r => OperationMarker.IdAtEnd(r.Body) == operation.Mark);
        if (release is null || release.Draft != (input.Draft == true) || OperationMarker.IdAtEnd(release.Body) != operation.Mark) return null;
        var rows = await journal.AssetsAsync(call.OperationId, cancellationToken);
        var there = (await gitHub.ListAssetsAsync(input.Repo, release.Id, MostAssets, cancellationToken)).Items;
        var found = rows.ConvertAll(r => (Row: r, Asset: there.FirstOrDefault(a => a.Name == r.Name)));
        if (found.Exists(f => f.Asset is null || f.Row.Sha256.Length == 0 || f.Asset.Differences(f.Row.Name, f.Row.Size, f.Row.Sha256).Count > 0)) return null;
        foreach (var (row, asset) in found) await journal.ChangeAssetAsync(call.OperationId, row.Position, ReleaseAssetState.Uploaded, asset!.Id);
        await journal.ChangeAsync(call.OperationId, o => (o.State, o.ReleaseId, o.ReleaseUrl) = (release.Draft ? ReleaseState.Draft : ReleaseState.Published, release.Id, release.HtmlUrl));
        return new Output(
            release.Draft ? ReleaseState.Draft : ReleaseState.Published, release.HtmlUrl, release.Id, release.TargetCommitish, [.. found.Select(f => new CreateReleaseTool.Asset(f.Row.Name, f.Row.Size, f.Row.Sha256, f.Asset!.Id))], [],
            Resumes: operation.Mark == operation.OperationId ? null : operation.Mark);
    }

    /// <summary>What was approved is what is found now, to the last byte of the files: minutes or days lie between.</summary>
    private static void RequireUnchanged(ReleasePlan plan, ToolCall call)
    {
        if (call.Approved.Count == 0) return;
        var approved = call.Approved.ToDictionary(f => f.Name, f => f.Value, StringComparer.Ordinal);
        for (var i = 0; i < plan.Files.Count; i++)
        {
            var (name, now) = ($"asset {i + 1}", plan.Facts.First(f => f.Name == $"asset {i + 1}").Value);
            if (approved.GetValueOrDefault(name) != now)
                throw new ToolRefusedException("asset_changed", $"{plan.Files[i].Field}: the asset has changed since approval: it was {approved.GetValueOrDefault(name, "not known")}, and is {now}. Nothing was sent; ask anew.", plan.Files[i].Field);
        }
        if (plan.Facts.FirstOrDefault(f => approved.GetValueOrDefault(f.Name) != f.Value) is { } changed)
            throw new ToolRefusedException("changed_since_approval", $"{changed.Name} has changed since approval: it was {approved.GetValueOrDefault(changed.Name, "not known")}, and is {changed.Value}. Nothing was sent; ask anew.");
    }

    private List<ReleaseItem> ItemsOf(CreateReleaseTool.Input input, ReleasePlan plan)
    {
        var items = plan.Files.Select((f, i) => new ReleaseItem(i, f.Name) { Size = f.Size, Sha256 = f.Sha256, MediaType = MediaTypeOf(f.Name), Open = () => files.Open(f) }).ToList();
        if (input.Checksums == true)
        {
            var list = Encoding.UTF8.GetBytes(string.Concat(plan.Files.Select(f => $"{f.Sha256}  {f.Name}\n")));
            items.Add(new ReleaseItem(items.Count, ReleasePlanner.ChecksumsName).Holding(list, "text/plain"));
        }
        // Its bytes name the release, which is not there yet.
        if (input.ProvenanceManifest == true) items.Add(new ReleaseItem(items.Count, ReleaseAttestation.AssetName(input.Tag)));
        return items;
    }

    private async Task<GitHubRelease> CreateDraftAsync(CreateReleaseTool.Input input, ReleasePlan plan, ToolCall call, CancellationToken cancellationToken)
    {
        var body = $"{input.Notes}\n\n{OperationMarker.Of(call)}";
        try
        {
            return await gitHub.CreateReleaseAsync(input.Repo, new NewRelease(input.Tag, plan.Commit, input.Tag, body, Draft: true, input.Prerelease == true), cancellationToken);
        }
        catch (GitHubRefusedException refused)
        {
            // The repository was read a moment ago, so it is there.
            var why = refused.Code == "not_found" ? $"{refused.Message} GitHub answers so too when the release's commit changes workflow files and the token may not: it needs Workflows: write then." : refused.Message;
            await journal.ChangeAsync(call.OperationId, o => (o.State, o.Error) = (ReleaseState.Refused, why));
            throw new ToolRefusedException(refused.Code, why, refused.Field == "tag_name" ? "tag" : null);
        }
        catch (GitHubAmbiguousException) when (!cancellationToken.IsCancellationRequested)
        {
            // It may be there: only a positive match goes on. Otherwise it is unknown, and found when it is asked for again.
            if ((await gitHub.ListReleasesAsync(input.Repo, MostReleases, cancellationToken)).Items.FirstOrDefault(r => r.Draft && OperationMarker.IdAtEnd(r.Body) == call.OperationId) is { } found) return found;
            throw;
        }
    }

    private async Task<Output> FinishAsync(ReleaseRun run, CancellationToken cancellationToken)
    {
        foreach (var item in run.Items)
        {
            if (item.Open is null) await SignAsync(run, item);
            await uploader.UploadAsync(run, item, cancellationToken);
        }
        if (run.Items.Exists(i => i.Error is not null))
            throw await IncompleteAsync(run, $"{run.Items.Count(i => i.Error is not null)} of {run.Items.Count} assets could not be uploaded ({string.Join("; ", run.Items.Where(i => i.Error is not null).Select(i => $"{i.Name}: {i.Error}"))})");

        // Once more, all together: what is published can often not be mended.
        var there = (await gitHub.ListAssetsAsync(run.Input.Repo, run.Release.Id, MostAssets, cancellationToken)).Items;
        if (Wrong(run, there) is { } wrong) throw await IncompleteAsync(run, wrong);
        if (run.Input.Draft == true)
        {
            await journal.ChangeAsync(run.OperationId, o => o.State = ReleaseState.Draft);
            return run.Done(ReleaseState.Draft, run.Release.HtmlUrl);
        }
        await journal.ChangeAsync(run.OperationId, o => o.State = ReleaseState.Publishing);
        var published = await MakePublicAsync(run, cancellationToken);
        if (Wrong(run, published.Assets ?? []) is { } after)
        {
            await journal.ChangeAsync(run.OperationId, o => (o.State, o.ReleaseUrl, o.Error) = (ReleaseState.Published, published.HtmlUrl, after));
            throw new ToolIncompleteException($"it was published, but {after}. Look at {published.HtmlUrl}.", run.Done(ReleaseState.Published, published.HtmlUrl));
        }
        await journal.ChangeAsync(run.OperationId, o => (o.State, o.ReleaseUrl) = (ReleaseState.Published, published.HtmlUrl));
        return run.Done(ReleaseState.Published, published.HtmlUrl);
    }

    private async Task SignAsync(ReleaseRun run, ReleaseItem item)
    {
        var subjects = run.Items.Where(i => i != item).Select(i => new AttestedSubject(i.Name, i.Sha256)).ToList();
        var statement = ReleaseAttestation.Statement(run.Plan.Repository.FullName, run.Plan.Repository.Id, run.Input.Tag, run.Plan.Commit, run.Release.Id, run.Operation.Mark, subjects);
        var envelope = await receipts.SignStatementAsync(statement, CancellationToken.None);
        item.Holding([.. envelope.ToJson(), (byte)'\n'], "application/jsonl");
        run.Provenance = new CreateReleaseTool.ProvenanceRef(item.Name, ReleaseAttestation.PredicateType, subjects.Count, item.Sha256, envelope.Signatures[0].KeyId);
        await journal.MeasuredAsync(run.OperationId, item.Position, item.Size, item.Sha256);
    }

    /// <summary>Why the assets are not exactly those that were approved; null when they are.</summary>
    private static string? Wrong(ReleaseRun run, IReadOnlyList<GitHubAsset> there)
    {
        foreach (var item in run.Items)
        {
            if (there.FirstOrDefault(a => a.Name == item.Name) is not { } asset) return $"the asset {item.Name} is not there";
            if (asset.Differences(item.Name, item.Size, item.Sha256) is { Count: > 0 } differences) return $"the asset {item.Name} is not what was approved: {string.Join(", ", differences)}";
        }
        return there.FirstOrDefault(a => !run.Items.Exists(i => i.Name == a.Name)) is { } stranger ? $"there is an asset {stranger.Name} that was not approved; remove it on GitHub" : null;
    }

    /// <summary>Publishing twice is publishing once, so after an unclear end it is looked at and, where it is still a draft, sent again.</summary>
    private async Task<GitHubRelease> MakePublicAsync(ReleaseRun run, CancellationToken cancellationToken)
    {
        var change = new ReleaseChange(Draft: false, MakeLatest: run.Input.MakeLatest);
        for (var left = 1; ; left--)
        {
            try
            {
                var changed = await gitHub.ChangeReleaseAsync(run.Input.Repo, run.Release.Id, change, cancellationToken);
                if (!changed.Draft) return await LookAgainAsync(run, changed, cancellationToken) ?? changed;
            }
            catch (GitHubRefusedException refused)
            {
                throw await IncompleteAsync(run, $"everything is there, but GitHub does not publish it: {refused.Message}");
            }
            catch (GitHubAmbiguousException unclear) when (!cancellationToken.IsCancellationRequested)
            {
                var now = await LookAgainAsync(run, null, cancellationToken);
                if (now is { Draft: false }) return now;
                if (left == 0 || now is null) throw new GitHubAmbiguousException(unclear.Message, unclear);
                continue;
            }
            if (left == 0) throw await IncompleteAsync(run, "everything is there, but GitHub still shows a draft");
        }
    }

    /// <summary>The release as GitHub has it; what was known before when it cannot be asked now.</summary>
    private async Task<GitHubRelease?> LookAgainAsync(ReleaseRun run, GitHubRelease? known, CancellationToken cancellationToken)
    {
        try
        {
            return await gitHub.FindReleaseAsync(run.Input.Repo, run.Release.Id, cancellationToken) ?? known;
        }
        catch (GitHubRefusedException)
        {
            return known;
        }
    }

    private async Task<ToolIncompleteException> IncompleteAsync(ReleaseRun run, string why)
    {
        foreach (var item in run.Items.Where(i => i is { AssetId: null, Error: null })) await journal.ChangeAssetAsync(run.OperationId, item.Position, ReleaseAssetState.Waiting);
        await journal.ChangeAsync(run.OperationId, o => (o.State, o.Error) = (ReleaseState.Incomplete, why));
        return new ToolIncompleteException($"{why}. It is a draft that the public does not see. Ask for the same release again: it goes on from there.", run.Done(ReleaseState.Incomplete, run.Release.HtmlUrl));
    }

    private static string MediaTypeOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".zip" or ".nupkg" or ".whl" or ".vsix" => "application/zip",
        ".gz" or ".tgz" => "application/gzip",
        ".json" => "application/json",
        ".txt" or ".md" or ".asc" or ".sha256" => "text/plain",
        ".pdf" => "application/pdf",
        _ => "application/octet-stream",
    };
}
