using System.Text;
using OmniAudit.Modules.GitHub;

namespace OmniAudit.Modules.AuditLens.Triage.Templates;

/// <summary>The issue templates of a repository's default branch, and ours.</summary>
internal sealed class IssueTemplates(GitHubClient gitHub)
{
    /// <summary>What an issue from here is called without another template.</summary>
    public const string Finding = "ours/finding";
    public const string FlakyTest = "ours/flaky-test";

    private const string Folder = ".github/ISSUE_TEMPLATE";
    private const int MostBytes = 256 << 10;

    private static readonly IssueTemplate[] Ours =
    [
        new(Finding, "A finding of CI", "", [], [], [], ""),
        new(FlakyTest, "A flaky test", "Flaky:", [], [], [],
            "### What happens\n\nThe test passed and failed at the same commit.\n\n### What to do\n\n- [ ] Find what it depends on besides its code: time, order, network, shared state\n- [ ] Mend it, or take it out with a date to come back"),
    ];

    /// <summary>The ids that <see cref="FindAsync"/> takes for this repository.</summary>
    /// <exception cref="GitHubRefusedException">GitHub cannot be asked.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(string repository, CancellationToken cancellationToken) => [.. await FilesAsync(repository, cancellationToken), .. Ours.Select(t => t.Id)];

    /// <summary>The template of an id: a file's name, with or without its ending, or one of ours. Null when there is none.</summary>
    /// <exception cref="FormatException">The file is no template; the message says why.</exception>
    /// <exception cref="GitHubRefusedException">GitHub cannot be asked.</exception>
    public async Task<IssueTemplate?> FindAsync(string repository, string id, CancellationToken cancellationToken)
    {
        if (Array.Find(Ours, t => t.Id == id) is { } own) return own;
        var name = id[(id.LastIndexOf('/') + 1)..];
        var files = await FilesAsync(repository, cancellationToken);
        var named = files.FirstOrDefault(f => f.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? (files.Where(f => Path.GetFileNameWithoutExtension(f).Equals(name, StringComparison.OrdinalIgnoreCase)).ToList() is [var only] ? only : null);
        if (named is null || await gitHub.FindFileAsync(repository, $"{Folder}/{named}", null, MostBytes, cancellationToken) is not { } file) return null;
        var text = Encoding.UTF8.GetString(file.Bytes);
        return named.EndsWith(".md", StringComparison.OrdinalIgnoreCase) ? IssueTemplate.OfMarkdown(named, text) : IssueTemplate.OfForm(named, text);
    }

    private async Task<IReadOnlyList<string>> FilesAsync(string repository, CancellationToken cancellationToken) =>
        [.. (await gitHub.ListDirectoryAsync(repository, Folder, null, cancellationToken))
            .Where(f => f.Type == "file" && f.Name is { } n && Path.GetExtension(n).ToLowerInvariant() is ".yml" or ".yaml" or ".md" && !Path.GetFileNameWithoutExtension(n).Equals("config", StringComparison.OrdinalIgnoreCase))
            .Select(f => f.Name!).Order(StringComparer.Ordinal)];
}
