using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.GitHub.Archives;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AuditLens;

/// <summary>One app and one GitHub for a class; every test has a repository of its own.</summary>
public sealed class EvidenceWorld : IAsyncLifetime
{
    public const string Sha = "00000000000000000000000000000000000000aa";

    private int _used;

    internal FakeGitHub GitHub { get; private set; } = null!;
    internal TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        GitHub = await FakeGitHub.StartAsync();
        GitHub.Storage = await FakeStorage.StartAsync();
        App = await TestApp.StartAsync(o =>
        {
            GitHub.Configure(o);
            o.Policy.UrlAllowlist = [GitHub.Storage.HostAndPort];
        });
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await GitHub.Storage!.DisposeAsync();
        await GitHub.DisposeAsync();
    }

    /// <summary>A repository with run 7, which failed.</summary>
    internal FakeRepository Repository()
    {
        var repository = GitHub.AddRepository($"acme/site-{++_used}");
        repository.Runs.Add(FakeGitHub.Run(7, Sha));
        return repository;
    }

    /// <summary>Its run has an artifact of these files.</summary>
    internal static void AddArtifact(FakeRepository repository, long id, string name, byte[] zip, long run = 7, bool expired = false)
    {
        repository.Artifacts.TryAdd(run, []);
        repository.Artifacts[run].Add(FakeGitHub.Artifact(id, run, name, zip, expired));
        repository.Downloads[$"{id}"] = zip;
    }

    internal static void AddJobLog(FakeRepository repository, long job, string name, string log, long run = 7)
    {
        repository.Jobs.TryAdd(run, []);
        repository.Jobs[run].Add(FakeGitHub.Job(job, run, name));
        repository.Downloads[$"job:{job}"] = Encoding.UTF8.GetBytes(log);
    }

    internal static byte[] Zip(params (string Name, string Text)[] files) => ZipMaker.Make([.. files.Select(f => new ZipPart(f.Name, Encoding.UTF8.GetBytes(f.Text)))]);

    /// <summary>A successful call's answer.</summary>
    internal async Task<JsonElement> CallAsync(string tool, object arguments, string? key = null)
    {
        var answer = await App.CallAsync(tool, arguments, key);
        Assert.False(answer.TryGetProperty("isError", out var wrong) && wrong.GetBoolean(), answer.GetRawText());
        return answer.GetProperty("structuredContent");
    }

    /// <summary>A refused call's message, which must begin with the field.</summary>
    internal async Task<string> RefusedAsync(string field, string tool, object arguments, string? key = null)
    {
        var answer = await App.CallAsync(tool, arguments, key);
        Assert.True(answer.GetProperty("isError").GetBoolean(), answer.GetRawText());
        var message = answer.GetProperty("structuredContent").GetProperty("message").GetString()!;
        Assert.Contains(field, message, StringComparison.Ordinal);
        return message;
    }

    internal async Task<string> FetchAsync(FakeRepository repository, string name, string? source = null, long run = 7) =>
        (await CallAsync("auditlens.fetch_evidence", new { repo = repository.FullName, run_id = run, artifact_name = name, source })).GetProperty("evidence_ref").GetString()!;

    /// <summary>The key of an agent that is bound to another repository.</summary>
    internal async Task<string> StrangerAsync() => (await App.Get<AgentDirectory>().AddAsync(
        $"stranger-{++_used}", null, new AgentScope(false, [], null, ["other/place"], []), OperatorDirectory.CommandLine, CancellationToken.None)).Key;
}
