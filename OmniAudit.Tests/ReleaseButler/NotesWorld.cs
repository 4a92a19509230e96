using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ReleaseButler;

/// <summary>One app and one GitHub for a class; every test has a repository of its own.</summary>
public sealed class NotesWorld : IAsyncLifetime
{
    private int _used;

    internal FakeGitHub GitHub { get; private set; } = null!;
    internal TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        GitHub = await FakeGitHub.StartAsync();
        App = await TestApp.StartAsync(o => GitHub.Configure(o));
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await GitHub.DisposeAsync();
    }

    internal FakeRepository Repository() => GitHub.AddRepository($"acme/notes-{++_used}");

    internal async Task<JsonElement> CallAsync(string tool, object arguments) => (await App.CallAsync(tool, arguments)).GetProperty("structuredContent");

    internal Task<JsonElement> NotesAsync(object arguments) => CallAsync("releasebutler.generate_notes", arguments);

    /// <summary>A tag and its commit.</summary>
    internal static string Tag(FakeRepository repository, string name)
    {
        var sha = FakeGitHub.BlobSha(System.Text.Encoding.UTF8.GetBytes(name));
        repository.Tags[name] = sha;
        repository.Commits[sha] = FakeGitHub.Commit(sha);
        return sha;
    }

    /// <summary>Two tags with these commits between them.</summary>
    internal static FakeComparison Between(FakeRepository repository, string from, string to, IReadOnlyList<JsonObject> commits, string status = "ahead", int behind = 0, int missingPage = 0)
    {
        var compared = new FakeComparison(status, commits, behind) { MissingPage = missingPage };
        repository.Comparisons[$"{Tag(repository, from)}...{Tag(repository, to)}"] = compared;
        return compared;
    }

    internal static JsonObject Commit(int number, string message, string? login = "ada") => FakeGitHub.Commit(Notes.NotesMaker.Sha(number), message, login);

    /// <summary>A merged pull request that brought a commit.</summary>
    internal static JsonObject Merged(FakeRepository repository, long number, int commit, string login = "ada", string mergedAt = "2026-02-03T10:00:00Z")
    {
        var pull = FakeGitHub.Pull(number, Notes.NotesMaker.Sha(commit), "closed", mergedAt, @base: repository.FullName);
        pull["user"] = new JsonObject { ["login"] = login, ["id"] = 9, ["type"] = "User" };
        pull["merge_commit_sha"] = Notes.NotesMaker.Sha(commit);
        repository.Pulls.Add(pull);
        repository.PullsOfCommit[Notes.NotesMaker.Sha(commit)] = [pull];
        return pull;
    }

    internal static string Text(JsonElement answer, string name) => answer.GetProperty(name).GetString()!;
}
