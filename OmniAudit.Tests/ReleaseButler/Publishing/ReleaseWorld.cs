using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ReleaseButler.Publishing;

/// <summary>One app and one GitHub for a class; every test has a repository and a directory of files of its own.</summary>
public sealed class ReleaseWorld : IAsyncLifetime
{
    private const int Repositories = 120;
    private int _used;

    internal FakeGitHub GitHub { get; private set; } = null!;
    internal TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        GitHub = await FakeGitHub.StartAsync();
        App = await TestApp.StartAsync(o =>
        {
            GitHub.Configure(o, [.. Enumerable.Range(1, Repositories).Select(i => $"acme/app-{i}")]);
            o.GitHub.UploadUrl = GitHub.Url;
            o.RateLimits.WritesPerMinute = 1000;
        });
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await GitHub.DisposeAsync();
    }

    internal ReleaseBench Bench()
    {
        var repository = GitHub.AddRepository($"acme/app-{Interlocked.Increment(ref _used)}");
        repository.Commits["main"] = FakeGitHub.Commit("c0ffee0000000000000000000000000000000001");
        return new ReleaseBench(this, repository);
    }
}

/// <summary>What one test works with.</summary>
internal sealed class ReleaseBench
{
    private readonly ReleaseWorld _world;

    public ReleaseBench(ReleaseWorld world, FakeRepository repository)
    {
        (_world, Repository) = (world, repository);
        Directory = Path.Combine(world.App.Options.Data, "release-assets", repository.FullName.Split('/')[1]);
        System.IO.Directory.CreateDirectory(Directory);
    }

    public FakeRepository Repository { get; }
    public string Directory { get; }
    public TestApp App => _world.App;
    public FakeGitHub GitHub => _world.GitHub;
    public CatalogTool Tool => App.Get<ToolCatalog>().Find("releasebutler.create_release")!;

    /// <summary>Writes a file; its path as the tool takes it.</summary>
    public string File(string name, string content)
    {
        System.IO.File.WriteAllText(Path.Combine(Directory, name), content);
        return $"{Repository.FullName.Split('/')[1]}/{name}";
    }

    public string[] ThreeFiles() => [File("app-1.0.tar.gz", "archive"), File("app-1.0.zip", "another archive"), File("app-1.0.txt", "words")];

    public Dictionary<string, object?> Arguments(string[]? assets = null, params (string Name, object? Value)[] more)
    {
        var arguments = new Dictionary<string, object?> { ["repo"] = Repository.FullName, ["tag"] = "v1.0.0", ["notes"] = "First one.", ["assets"] = assets ?? [] };
        foreach (var (name, value) in more) arguments[name] = value;
        return arguments;
    }

    public object Input(Dictionary<string, object?> arguments) => Tool.Parse(JsonSerializer.SerializeToElement(arguments.Where(a => a.Value is not null).ToDictionary()));

    public ToolCall Call() => new("cal_1", new Actor(ActorKind.Agent, "agent:a", "a"), "r", Ids.New("apr", App.Time));

    /// <summary>The deed as an approved call does it, without the queue.</summary>
    public Task<JsonElement> RunAsync(Dictionary<string, object?> arguments, ToolCall? call = null, CancellationToken cancellationToken = default) =>
        Tool.RunAsync(App.Services, Input(arguments), call ?? Call(), cancellationToken);

    public async Task<JsonElement> AskAsync(Dictionary<string, object?> arguments) => (await App.CallAsync("releasebutler.create_release", arguments)).GetProperty("structuredContent");

    /// <summary>Asks, has it approved and waits for its end.</summary>
    public async Task<ApprovalDetail> ApprovedAsync(Dictionary<string, object?> arguments, params string[] states)
    {
        var asked = await AskAsync(arguments);
        Assert.True(asked.TryGetProperty("approval", out var approval), asked.GetRawText());
        var id = approval.GetProperty("id").GetString()!;
        Assert.True((await App.DecideAsync(id, Decision.Approve)).Accepted);
        return await App.WaitForStateAsync(id, states.Length > 0 ? states : [ApprovalState.Executed, ApprovalState.Failed, ApprovalState.Unknown]);
    }

    public string Sent(FakeAsset asset) => Encoding.UTF8.GetString(asset.Bytes);

    /// <summary>Exactly one release, public, with exactly these assets, whole.</summary>
    public FakeRelease OneRelease(params (string Name, string Content)[] assets)
    {
        var release = Assert.Single(Repository.Releases);
        Assert.False(release.Draft);
        Assert.All(release.Assets, a => Assert.Equal("uploaded", a.State));
        Assert.Equal(assets.OrderBy(a => a.Name, StringComparer.Ordinal), release.Assets.Select(a => (a.Name, Sent(a))).OrderBy(a => a.Name, StringComparer.Ordinal));
        return release;
    }
}
