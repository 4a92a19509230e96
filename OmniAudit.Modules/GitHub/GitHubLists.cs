namespace OmniAudit.Modules.GitHub;

/// <summary>A list as far as it was read, and why no further.</summary>
/// <param name="Capped">Null when it is whole.</param>
internal sealed record GitHubList<T>(IReadOnlyList<T> Items, GitHubCap? Capped);

/// <summary>What is missing from a list. Whoever shows the list must say so.</summary>
/// <param name="Why">In words, as a sentence.</param>
/// <param name="Have">How many were read.</param>
/// <param name="Total">How many there are; null when GitHub does not say.</param>
internal sealed record GitHubCap(string Why, int Have, long? Total);
