namespace OmniAudit.Modules.GitHub;

/// <summary>The bounds of what is asked of GitHub.</summary>
internal sealed record GitHubLimits
{
    /// <summary>From the first byte sent to the last one received of an API's answer, and between two pieces of a download or an upload. GitHub itself gives up after ten seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the end of a write to the begin of the next; GitHub asks for a second.</summary>
    public TimeSpan BetweenWrites { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Reads at once. Writes go one by one.</summary>
    public int Reads { get; init; } = 2;

    /// <summary>The longest wait for a rate limit inside a request; where more is needed, the request is refused at once, with the time.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>The pauses before a read is tried again after 502, 503, 504 or a broken connection.</summary>
    public IReadOnlyList<TimeSpan> RetryPauses { get; init; } = [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2)];

    /// <summary>An API's answer: a hundred issues of the greatest length, in letters of three bytes, and something over.</summary>
    public int LargestAnswer { get; init; } = 32 * 1024 * 1024;

    /// <summary>Pages of a hundred of one list.</summary>
    public int MostPages { get; init; } = 50;

    /// <summary>Answers kept to be asked for with If-None-Match.</summary>
    public int KeptAnswers { get; init; } = 500;

    /// <summary>Their bytes altogether; larger ones than a sixteenth of it are not kept.</summary>
    public int KeptBytes { get; init; } = 16 * 1024 * 1024;
}
