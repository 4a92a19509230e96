using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class CreateIssueTool(GitHubClient gitHub)
    : ITool<CreateIssueTool.Input, CreateIssueTool.Output>, IReconcilable<CreateIssueTool.Input, CreateIssueTool.Output>
{
    private const string MarkerStart = "<!-- omniaudit-op:";

    /// <summary>How far back a list of issues is searched, in pages of a hundred.</summary>
    private const int MostPages = 10;

    /// <summary>How far GitHub's clock and ours may differ.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromDays(1);

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.create_issue",
        Title = "Create issue",
        Description =
            "Creates an issue in a GitHub repository that this server may write to (REPO_WRITE_ALLOWLIST). A person must approve it. It is sent once, exactly as approved; "
            + "an invisible line, an HTML comment that names the approval, is added below the body so that the issue can be found again if the connection breaks.",
        Risk = ToolRisk.Write,
        Policy = ToolPolicy.WritableRepository<Input>(i => i.Repo),
        RateLimit = RateLimitBucket.Writes,
        Intent = i => $"create the issue “{i.Title}” in {i.Repo}",
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("The repository, owner/name, by its present name.")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Description("The issue's title: one line.")]
        [RegularExpression(@"[^\r\n]*[^\s][^\r\n]*")]
        [StringLength(256, MinimumLength = 1)]
        public required string Title { get; init; }

        // GitHub takes 65,536; the marker needs about sixty.
        [Description("The issue's text, in GitHub's Markdown. @name notifies that person.")]
        [MediaType("text/markdown")]
        [StringLength(65_400)]
        public required string Body { get; init; }

        [Description("Labels by name; [] for none. GitHub creates those that the repository does not have yet.")]
        [MaxLength(100)]
        [RegularExpression(@"[^\r\n]{1,50}")]
        public required IReadOnlyList<string> Labels { get; init; }

        [Description("User names to assign. Each must have access to the repository.")]
        [MaxLength(10)]
        [RegularExpression("[A-Za-z0-9_-]{1,100}")]
        public IReadOnlyList<string>? Assignees { get; init; }

        [Description("The number of a milestone of the repository.")]
        [Range(1, int.MaxValue)]
        public int? Milestone { get; init; }

        [Description("Not available in this version, which keeps no findings: leave it out, and put what they say into body.")]
        [MaxLength(100)]
        public IReadOnlyList<string>? FindingIds { get; init; }

        [Description("Not available in this version: leave it out, and write the whole text into body.")]
        [StringLength(200)]
        public string? TemplateId { get; init; }
    }

    internal sealed record Output(
        [property: Description("The issue's page")] string IssueUrl,
        long IssueNumber,
        [property: Description("As asked for")] string Repo);

    public async Task<IReadOnlyList<Fact>> CheckAsync(Input input, CancellationToken cancellationToken)
    {
        if (input.FindingIds is { Count: > 0 }) throw NotYet("finding_ids", "put what the findings say into body");
        if (!string.IsNullOrEmpty(input.TemplateId)) throw NotYet("template_id", "write the whole text into body");
        // A marker in the text would pass this issue off as another operation's.
        if (input.Body.Contains(MarkerStart, StringComparison.OrdinalIgnoreCase))
            throw new ToolRefusedException("invalid_arguments", $"body: must not contain '{MarkerStart}', the mark of this server's own issues.", "body");

        var repository = await ReadAsync(gitHub.GetRepositoryAsync(input.Repo, cancellationToken), "repo");
        if (!string.Equals(repository.FullName, input.Repo, StringComparison.OrdinalIgnoreCase))
            throw new ToolRefusedException("repository_moved", $"repo: {input.Repo} is now called {repository.FullName}. Ask for it by that name; it must be on REPO_WRITE_ALLOWLIST too.", "repo");
        if (repository.Archived) throw new ToolRefusedException("repository_archived", $"repo: {repository.FullName} is archived and takes no issues. Choose another, or have it unarchived.", "repo");
        if (repository.HasIssues == false) throw new ToolRefusedException("issues_disabled", $"repo: issues are switched off in {repository.FullName}. Choose another, or have them switched on in its settings.", "repo");
        if (repository.Permissions is { MayManageIssues: false })
            throw new ToolRefusedException("github_forbidden", $"repo: the owner of the server's token may read {repository.FullName} and not write to it. Give that account the triage or write role.", "repo");

        List<Fact> facts =
        [
            new("repository id", repository.Id.ToString()),
            new("repository", repository.FullName),
            new("archived", "no"),
            new("issues", repository.HasIssues is null ? "not said by GitHub" : "enabled"),
            new("token's owner may write", repository.Permissions is null ? "not said by GitHub" : "yes"),
        ];
        if (input.Milestone is { } number)
        {
            var milestone = await ReadAsync(gitHub.GetMilestoneAsync(input.Repo, number, cancellationToken), "milestone");
            facts.Add(new($"milestone {number}", $"{milestone.Title} ({milestone.State})"));
        }
        return facts;
    }

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var issue = new NewIssue(input.Title, $"{input.Body}\n\n{Marker(call)}", input.Labels, input.Assignees, input.Milestone);
        try
        {
            return Created(input, await gitHub.CreateIssueAsync(input.Repo, issue, cancellationToken));
        }
        catch (GitHubRefusedException refused)
        {
            throw Refused(refused, refused.Field);
        }
        // GitHubAmbiguousException goes on as it is: nobody knows whether the issue exists.
    }

    /// <summary>
    /// The issue whose body has this operation's marker. Of several the oldest: the marker was secret until the issue was
    /// there, so whoever copied it came later. Throws when GitHub cannot be asked.
    /// </summary>
    public async Task<Output?> FindEffectAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var marker = Marker(call);
        // The operation's id is older than its effect.
        var since = Ids.TimeOf(call.OperationId) - ClockDifference;
        GitHubIssue? found = null;
        await foreach (var page in gitHub.ListIssuesAsync(input.Repo, since, MostPages, cancellationToken))
        {
            foreach (var issue in page.Issues.Where(i => i.PullRequest is null && i.Body?.Contains(marker, StringComparison.Ordinal) == true))
                if (found is null || issue.Number < found.Number) found = issue;
        }
        return found is null ? null : Created(input, found);
    }

    private static string Marker(ToolCall call) => $"{MarkerStart}{call.OperationId} -->";

    private static Output Created(Input input, GitHubIssue issue) => new(issue.HtmlUrl, issue.Number, input.Repo);

    private static async Task<T> ReadAsync<T>(Task<T> read, string field)
    {
        try
        {
            return await read;
        }
        catch (GitHubRefusedException refused)
        {
            throw Refused(refused, refused.Code == "not_found" ? field : null);
        }
    }

    private static ToolRefusedException Refused(GitHubRefusedException refused, string? field) =>
        new(refused.Code, field is null ? refused.Message : $"{field}: {refused.Message}", field);

    private static ToolRefusedException NotYet(string field, string instead) =>
        new("not_available", $"{field}: is not available in this version. Leave it out, and {instead}.", field);
}
