using OmniAudit.Modules.ReleaseButler.Notes;

namespace OmniAudit.Tests.ReleaseButler.Notes;

/// <summary>Inputs of notes as GitHub would give them.</summary>
internal static class NotesMaker
{
    public static string Sha(int number) => $"{number:x8}{new string('a', 32)}";

    public static InputCommit Commit(int number, string message, string? login = "ada", long[]? pulls = null, int parents = 1, bool bot = false) =>
        new(Sha(number), message, login, bot, login ?? "Some One", login is null ? $"one{number}@x.test" : $"{login}@x.test", parents, pulls ?? []);

    public static InputPull Pull(long number, string title, string? login = "ada", string[]? labels = null, string? replaced = null) => new(number, title, login, login?.EndsWith("[bot]", StringComparison.Ordinal) == true, labels ?? [], replaced);

    public static NotesInputs Inputs(IReadOnlyList<InputCommit> commits, IReadOnlyList<InputPull>? pulls = null, ReleaseConfig? config = null, int? total = null) => new(
        "acme/site", "https://github.com/acme/site", new NotesEnd("v1.0.0", "f0"), new NotesEnd("v1.1.0", "f1"), false, true, 0, total ?? commits.Count, commits, total is null ? null : "GitHub counts more.", pulls ?? [], config, [], null, []);

    public static NotesDocument Build(NotesInputs inputs, string? groupBy = null) => NotesEngine.Build(inputs, new NotesOptions(groupBy));

    /// <summary>Every commit once, and the sum is the range.</summary>
    public static void AssertAccounted(NotesInputs inputs, NotesDocument document)
    {
        var told = document.Sections.SelectMany(s => s.Lines).SelectMany(l => l.Commits).Concat(document.Excluded.Select(e => e.Sha)).ToList();
        Assert.Equal(inputs.Commits.Select(c => c.Sha).Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
        var sum = document.Accounting;
        Assert.Equal((inputs.TotalCommits, inputs.TotalCommits - inputs.Commits.Count), (sum.OnLines + sum.Excluded + sum.Missing, sum.Missing));
        var pulls = document.Sections.SelectMany(s => s.Lines).Select(l => l.Pull).OfType<long>().ToList();
        Assert.Equal(pulls.Count, pulls.Distinct().Count());
    }
}
