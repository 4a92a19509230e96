namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>What a repository's <c>.github/release.yml</c> says about its notes (docs.github.com, "Automatically generated release notes").</summary>
public sealed record ReleaseConfig(NotesFilter Exclude, IReadOnlyList<NotesCategory> Categories)
{
    /// <summary>That of a repository without the file.</summary>
    public static ReleaseConfig None { get; } = new(NotesFilter.Nothing, []);
}

/// <summary>A section of the notes.</summary>
/// <param name="Labels"><c>*</c> for every pull request that no earlier category took.</param>
public sealed record NotesCategory(string Title, IReadOnlyList<string> Labels, NotesFilter Exclude);

/// <summary>Labels and logins, compared without regard to case; a bot may be named with or without <c>[bot]</c>.</summary>
public sealed record NotesFilter(IReadOnlyList<string> Labels, IReadOnlyList<string> Authors)
{
    /// <summary>Takes nothing out.</summary>
    public static NotesFilter Nothing { get; } = new([], []);

    /// <summary>What takes it out, as <c>label:x</c> or <c>author:x</c>; null when nothing does.</summary>
    internal string? ReasonFor(IReadOnlyList<string> labels, string? author)
    {
        if (Labels.FirstOrDefault(l => l == "*" || labels.Contains(l, StringComparer.OrdinalIgnoreCase)) is { } label) return $"label:{label}";
        return author is not null && Authors.FirstOrDefault(a => Bare(a).Equals(Bare(author), StringComparison.OrdinalIgnoreCase)) is { } named ? $"author:{named}" : null;
    }

    private static string Bare(string login) => login.EndsWith("[bot]", StringComparison.OrdinalIgnoreCase) ? login[..^5] : login;
}
