using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class PostTriageTool(GitHubClient gitHub, TriageStore drafts)
    : ITool<PostTriageTool.Input, PostTriageTool.Output>, IReconcilable<PostTriageTool.Input, PostTriageTool.Output>
{
    private const int MostComments = 5_000;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.post_triage",
        Title = "Post triage comment",
        Description = "Posts one version of a triage draft as a comment on its pull request, once. A person must approve it.",
        Risk = ToolRisk.Write,
        Policy = ToolPolicy.WritableRepository<Input>(i => i.Repo),
        RateLimit = RateLimitBucket.Writes,
        Intent = i => $"post triage draft {i.DraftId} version {i.Version} as a comment on its pull request in {i.Repo}",
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("The draft's repository")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Description("From auditlens.triage_pr")]
        [StringLength(40, MinimumLength = 1)]
        public required string DraftId { get; init; }

        [Description("Of the draft")]
        [Range(1, 1_000_000)]
        public required int Version { get; init; }

        [Description("Leave out: the version's text")]
        [MediaType("text/markdown")]
        [StringLength(TriageMarkdown.MostChars)]
        public string? Body { get; init; }
    }

    internal sealed record Output(string CommentUrl, long? CommentId, long? PrNumber);

    /// <summary>With the version's text in it: that is what people read, approve and send.</summary>
    public async Task<Input> PrepareAsync(Input input, CancellationToken cancellationToken)
    {
        var (_, version) = await RequireAsync(input, cancellationToken);
        if (input.Body is null) return input with { Body = version.Markdown };
        if (input.Body != version.Markdown)
            throw new ToolRefusedException("invalid_arguments", $"body: is not the text of version {input.Version}. Leave it out; to post another text, edit the draft at /triage/{input.DraftId}, which makes a new version, and ask for that.", "body");
        return input;
    }

    public async Task<IReadOnlyList<Fact>> CheckAsync(Input input, CancellationToken cancellationToken)
    {
        var (draft, version) = await RequireAsync(input, cancellationToken);
        if (OperationMarker.IsIn(input.Body ?? "")) throw new ToolRefusedException("invalid_arguments", $"body: must not contain '{OperationMarker.Start}', the mark of this server's own comments.", "body");
        var repository = await gitHub.GetRepositoryAsync(input.Repo, cancellationToken).OrRefuseAsync("repo");
        if (!string.Equals(repository.FullName, input.Repo, StringComparison.OrdinalIgnoreCase))
            throw new ToolRefusedException("repository_moved", $"repo: {input.Repo} is now called {repository.FullName}. Triage it by that name; it must be on REPO_WRITE_ALLOWLIST too.", "repo");
        if (repository.Archived) throw new ToolRefusedException("repository_archived", $"repo: {repository.FullName} is archived and takes no comments.", "repo");
        var pull = await gitHub.GetPullAsync(input.Repo, draft.PrNumber, cancellationToken).OrRefuseAsync("draft_id");
        return
        [
            new("repository id", repository.Id.ToString()), new("pull request", $"#{draft.PrNumber}, {pull.State}"), new("head of the pull request", pull.Head?.Sha ?? "not said by GitHub"),
            new("head that the draft is about", draft.HeadSha), new("text", $"version {version.Number}, SHA-256 {version.Sha256}"),
        ];
    }

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var (draft, _) = await RequireAsync(input, cancellationToken);
        try
        {
            var comment = await gitHub.CreateCommentAsync(input.Repo, draft.PrNumber, $"{input.Body}\n\n{OperationMarker.Of(call)}", cancellationToken);
            return Posted(draft, comment);
        }
        catch (GitHubRefusedException refused)
        {
            throw new ToolRefusedException(refused.Code, refused.Message, refused.Field);
        }
        // GitHubAmbiguousException goes on as it is: nobody knows whether the comment exists.
    }

    /// <summary>The comment with this operation's marker; of several the oldest, for the marker was secret until it was there.</summary>
    public async Task<Output?> FindEffectAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        if (await drafts.FindAsync(input.DraftId, cancellationToken) is not { } draft) return null;
        var comments = await gitHub.ListCommentsAsync(input.Repo, draft.PrNumber, MostComments, cancellationToken);
        return comments.Items.Where(c => c.Body?.Contains(OperationMarker.Of(call), StringComparison.Ordinal) == true).MinBy(c => c.Id) is { } found ? Posted(draft, found) : null;
    }

    private async Task<(TriageDraftRow Draft, TriageVersionRow Version)> RequireAsync(Input input, CancellationToken cancellationToken)
    {
        if (await drafts.FindAsync(input.DraftId, cancellationToken) is not { } draft || !draft.Repo.Equals(input.Repo, StringComparison.OrdinalIgnoreCase))
            throw ToolRefusedException.NotFound("draft_id", input.DraftId, $"Use the draft_id that auditlens.triage_pr answered for {input.Repo}.");
        if (await drafts.VersionAsync(draft.DraftId, input.Version, cancellationToken) is not { } version)
            throw new ToolRefusedException("not_found", draft.Version == 0 ? "draft_id: has no text yet. Wait until its job is completed." : $"version: {draft.DraftId} has the versions 1 to {draft.Version}.", draft.Version == 0 ? "draft_id" : "version");
        return (draft, version);
    }

    private static Output Posted(TriageDraftRow draft, GitHubComment comment) => new(comment.HtmlUrl ?? "", comment.Id, draft.PrNumber);
}
