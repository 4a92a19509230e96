using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.AuditLens.Triage.Templates;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class CreateIssueTool(GitHubClient gitHub, IssueTemplates templates, FindingsStore sets)
    : ITool<CreateIssueTool.Input, CreateIssueTool.Output>, IReconcilable<CreateIssueTool.Input, CreateIssueTool.Output>
{
    /// <summary>How far back a list of issues is searched, in pages of a hundred.</summary>
    private const int MostPages = 10;

    /// <summary>How far GitHub's clock and ours may differ.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromDays(1);

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.create_issue",
        Title = "Create issue",
        Description = "Creates a GitHub issue after approval: once, exactly as approved, with an invisible line that names the approval.",
        Risk = ToolRisk.Write,
        Policy = ToolPolicy.WritableRepository<Input>(i => i.Repo),
        RateLimit = RateLimitBucket.Writes,
        Intent = i => $"create the issue “{i.Title}” in {i.Repo}",
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("owner/name")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Description("One line")]
        [RegularExpression(@"[^\r\n]*[^\s][^\r\n]*")]
        [StringLength(256, MinimumLength = 1)]
        public required string Title { get; init; }

        // GitHub takes 65,536; the marker needs about sixty.
        [Description("Markdown. @name notifies that person.")]
        [MediaType("text/markdown")]
        [StringLength(65_400)]
        public required string Body { get; init; }

        [Description("By name; [] for none. GitHub creates missing ones.")]
        [MaxLength(100)]
        [RegularExpression(@"[^\r\n]{1,50}")]
        public required IReadOnlyList<string> Labels { get; init; }

        [Description("User names")]
        [MaxLength(10)]
        [RegularExpression("[A-Za-z0-9_-]{1,100}")]
        public IReadOnlyList<string>? Assignees { get; init; }

        [Description("Its number")]
        [Range(1, int.MaxValue)]
        public int? Milestone { get; init; }

        [Description("Stored findings to write into the text")]
        [MaxLength(100)]
        [StringLength(40, MinimumLength = 1)]
        public IReadOnlyList<string>? FindingIds { get; init; }

        [Description("An issue form or template, or ours/finding")]
        [StringLength(200)]
        public string? TemplateId { get; init; }
    }

    internal sealed record Output(
        [property: Description("The issue's page")] string IssueUrl,
        long IssueNumber,
        [property: Description("As asked for")] string Repo);

    /// <summary>The issue written out: template and findings are in its title, text, labels and assignees afterwards, and named no more.</summary>
    public async Task<Input> PrepareAsync(Input input, CancellationToken cancellationToken)
    {
        var named = input.TemplateId is { Length: > 0 } ? input.TemplateId : null;
        if (named is null && input.FindingIds is not { Count: > 0 }) return input.FindingIds is null && input.TemplateId is null ? input : input with { FindingIds = null, TemplateId = null };
        var findings = await FindingsAsync(input, cancellationToken);
        var template = await TemplateAsync(input.Repo, named ?? IssueTemplates.Finding, cancellationToken);
        FilledIssue filled;
        try
        {
            filled = TemplateFill.Write(template, input.Title, input.Body, FindingText.Of(findings), input.Labels, input.Assignees ?? []);
        }
        catch (FormatException unfit)
        {
            throw new ToolRefusedException("invalid_arguments", $"body: {unfit.Message}", "body");
        }
        if (filled.Missing.Count > 0)
            throw new ToolRefusedException("invalid_arguments", $"body: the template {template.Id} asks for {string.Join(", ", filled.Missing)}. Give each a section: {string.Join(", ", filled.Missing.Select(m => $"'### {m}'"))} and the text below it.", "body");
        return input with { Title = filled.Title, Body = filled.Body, Labels = filled.Labels, Assignees = filled.Assignees.Count > 0 ? filled.Assignees : null, FindingIds = null, TemplateId = null };
    }

    public async Task<IReadOnlyList<Fact>> CheckAsync(Input input, CancellationToken cancellationToken)
    {
        // A marker in the text would pass this issue off as another operation's.
        if (OperationMarker.IsIn(input.Body))
            throw new ToolRefusedException("invalid_arguments", $"body: must not contain '{OperationMarker.Start}', the mark of this server's own issues.", "body");

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
        var issue = new NewIssue(input.Title, $"{input.Body}\n\n{OperationMarker.Of(call)}", input.Labels, input.Assignees, input.Milestone);
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
        var marker = OperationMarker.Of(call);
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

    private async Task<IReadOnlyList<EvidenceFinding>> FindingsAsync(Input input, CancellationToken cancellationToken)
    {
        var found = new List<EvidenceFinding>();
        foreach (var id in (input.FindingIds ?? []).Distinct(StringComparer.Ordinal))
        {
            found.Add((await sets.FindFindingAsync(input.Repo, id, cancellationToken))?.Finding.Finding
                ?? throw ToolRefusedException.NotFound("finding_ids", id, $"Use finding_ids that auditlens.parse_findings answered for {input.Repo}."));
        }
        return found;
    }

    private async Task<IssueTemplate> TemplateAsync(string repo, string id, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReadAsync(templates.FindAsync(repo, id, cancellationToken), "repo") is { } template) return template;
            var known = await ReadAsync(templates.ListAsync(repo, cancellationToken), "repo");
            throw new ToolRefusedException("not_found", $"template_id: {repo} has no template '{id}'. Use one of: {string.Join(", ", known)}.", "template_id");
        }
        catch (FormatException malformed)
        {
            throw new ToolRefusedException("template_malformed", $"template_id: {id} of {repo} cannot be read: {malformed.Message} Leave template_id out, or have the file mended.", "template_id");
        }
    }
}
