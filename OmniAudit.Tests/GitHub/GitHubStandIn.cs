using OmniAudit.Tests.AuditLens.Triage;
using OmniAudit.Tests.Browser;
using OmniAudit.Tests.ReleaseButler;

namespace OmniAudit.Tests.GitHub;

/// <summary>The stand-in for GitHub as a server of its own, with a failed pull request and a repository to release from: for trying the product without GitHub.</summary>
internal static class GitHubStandIn
{
    public static async Task<int> RunAsync()
    {
        await using var ci = await CiSite.StartAsync();
        TriageRepository.Fill(ci.GitHub.AddRepository("acme/store"));
        var oven = ci.GitHub.AddRepository("acme/oven");
        NotesWorld.Between(oven, "v1.0.0", "v1.1.0", [
            NotesWorld.Commit(1, "feat(door)!: a new door (#4)\n\nBREAKING CHANGE: handles of the old one do not fit"), NotesWorld.Commit(2, "fix(heat): no more cold corners (#5)", "bob"),
            NotesWorld.Commit(3, "docs: how to bake rye"), NotesWorld.Commit(4, "chore: bump the thermometer"),
        ]);
        oven.Commits["main"] = FakeGitHub.Commit("c0ffee0000000000000000000000000000000001");
        NotesWorld.Merged(oven, 4, 1);
        NotesWorld.Merged(oven, 5, 2);
        await Console.Out.WriteLineAsync($"GITHUB_API_URL={ci.GitHub.Url}\nGITHUB_UPLOAD_URL={ci.GitHub.Url}\nGITHUB_PAT={FakeGitHub.Token}\nREPO_WRITE_ALLOWLIST={CiSite.Repo},acme/store,acme/oven");
        var ended = new TaskCompletionSource();
        Console.CancelKeyPress += (_, key) => { key.Cancel = true; ended.TrySetResult(); };
        using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => { signal.Cancel = true; ended.TrySetResult(); });
        await ended.Task;
        return 0;
    }
}
