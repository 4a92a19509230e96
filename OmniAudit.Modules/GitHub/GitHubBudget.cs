namespace OmniAudit.Modules.GitHub;

/// <summary>What GitHub said last, to any process of the database, about how much may still be asked of it; the counts are this process's own.</summary>
/// <param name="Limits">By resource (<c>core</c>, <c>search</c>, …); empty until GitHub has answered once.</param>
/// <param name="PausedUntil">Nothing is sent before this time; null when nothing holds.</param>
/// <param name="PausedFor">Why, in words; null when nothing holds.</param>
/// <param name="Requests">Sent to GitHub's API since the start.</param>
/// <param name="NotModified">Of these, answered 304 from what was kept: they cost nothing of the limit.</param>
/// <param name="Retries">Of these, reads sent again.</param>
/// <param name="Limited">Of these, turned away by a limit.</param>
public sealed record GitHubBudget(IReadOnlyList<GitHubLimit> Limits, DateTimeOffset? PausedUntil, string? PausedFor, long Requests, long NotModified, long Retries, long Limited);

/// <summary>One of GitHub's primary limits.</summary>
/// <param name="Resource">GitHub's name for it.</param>
/// <param name="Limit">Requests per window.</param>
/// <param name="Remaining">How many are left.</param>
/// <param name="ResetsAt">When it is full again.</param>
/// <param name="SeenAt">When GitHub said so.</param>
public sealed record GitHubLimit(string Resource, int Limit, int Remaining, DateTimeOffset ResetsAt, DateTimeOffset SeenAt);

/// <summary>What health and console ask about GitHub. Asks GitHub nothing.</summary>
public sealed class GitHubQueries
{
    private readonly Http.RateBudget _budget;

    internal GitHubQueries(Http.RateBudget budget) => _budget = budget;

    /// <summary>The state of this moment, as this process knows it.</summary>
    public GitHubBudget Budget() => _budget.Now();

    /// <summary>The same, with what the other processes of the database have heard.</summary>
    public async Task<GitHubBudget> BudgetAsync(CancellationToken cancellationToken)
    {
        await _budget.LearnAsync(cancellationToken);
        return _budget.Now();
    }
}
