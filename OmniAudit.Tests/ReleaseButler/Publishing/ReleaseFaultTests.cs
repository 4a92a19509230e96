using System.Text.Json;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.ReleaseButler.Publishing;

/// <summary>Something breaks at every single request of a release with three assets, in every way; the same is asked for again: one release, exactly the right assets.</summary>
public sealed class ReleaseFaultTests(ReleaseWorld world) : IClassFixture<ReleaseWorld>
{
    private readonly FakeGitHub _gitHub = world.GitHub;

    /// <summary>More than a release has.</summary>
    private const int MostRequests = 40;

    [Theory]
    [InlineData("killed before")]
    [InlineData("killed after")]
    [InlineData("502 before")]
    [InlineData("502 after")]
    [InlineData("cut off before")]
    public async Task Fault_AtEveryRequest_AndARunAgain_GivesOneRelease(string how)
    {
        var at = 0;
        for (var reached = true; reached; )
        {
            reached = await BreakAsync(how, ++at);
            Assert.True(at < MostRequests, "It never ends.");
        }
        // One draft, three assets and the statement, one publishing, and the looks between.
        Assert.InRange(at, 10, MostRequests);
    }

    /// <summary>False when the release has fewer requests than <paramref name="at"/>.</summary>
    private async Task<bool> BreakAsync(string how, int at)
    {
        var bench = world.Bench();
        var arguments = bench.Arguments(bench.ThreeFiles(), ("provenance_manifest", true));
        var (releases, assets, published) = (_gitHub.Effects("release"), _gitHub.Effects("asset"), _gitHub.Effects("release_changed"));
        using var killed = new CancellationTokenSource();
        var fault = _gitHub.Break(new RouteFault("*", bench.Repository.FullName, async (context, proceed) =>
        {
            switch (how)
            {
                case "killed before":
                    await killed.CancelAsync();
                    context.Abort();
                    break;
                case "killed after":
                    await RouteFault.DoneButBadGateway(context, proceed);
                    await killed.CancelAsync();
                    break;
                case "502 before": await RouteFault.Answer(502)(context, proceed); break;
                case "502 after": await RouteFault.DoneButBadGateway(context, proceed); break;
                case "cut off before": await RouteFault.Drop(context, proceed); break;
            }
        }, first: at));
        try
        {
            await bench.RunAsync(arguments, null, killed.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or GitHubAmbiguousException or ToolRefusedException or ToolIncompleteException or GitHubRefusedException)
        {
            // However it ended, the same is asked for again.
            try
            {
                await bench.RunAsync(arguments);
            }
            catch (ToolRefusedException refused) when (refused.Code == "release_exists")
            {
                // It was finished after all.
            }
        }
        var release = Assert.Single(bench.Repository.Releases);
        Assert.False(release.Draft, $"{how} {at}");
        Assert.Equal(["app-1.0.tar.gz", "app-1.0.txt", "app-1.0.zip", "v1.0.0.intoto.jsonl"], release.Assets.Select(a => a.Name).Order(StringComparer.Ordinal));
        Assert.All(release.Assets, a => Assert.Equal("uploaded", a.State));
        Assert.Equal(["archive", "words", "another archive"], new[] { "app-1.0.tar.gz", "app-1.0.txt", "app-1.0.zip" }.Select(n => bench.Sent(release.Assets.Single(a => a.Name == n))));
        // Each effect once, however often something was sent.
        Assert.Equal((1, 4), (_gitHub.Effects("release") - releases, _gitHub.Effects("asset") - assets));
        Assert.Equal(1, _gitHub.Effects("release_changed") - published);
        return fault.Happened > 0;
    }

    [Theory]
    [InlineData("published", true)]
    [InlineData("draft", false)]
    [InlineData("asset missing", false)]
    [InlineData("asset changed", false)]
    public async Task EffectSearch_OfAnUnseenEnd_SettlesOnlyOnTheWholeRelease(string what, bool found)
    {
        var bench = world.Bench();
        var arguments = bench.Arguments(bench.ThreeFiles());
        var call = bench.Call();
        await bench.RunAsync(arguments, call);
        var release = bench.Repository.Releases[0];
        switch (what)
        {
            case "draft": release.Draft = true; break;
            case "asset missing": release.Assets.RemoveAt(1); break;
            case "asset changed": release.Assets[1] = release.Assets[1] with { Bytes = "evil"u8.ToArray() }; break;
        }
        var effect = await bench.Tool.FindEffectAsync(bench.App.Services, bench.Input(arguments), call, CancellationToken.None);
        Assert.Equal(found, effect is not null);
        if (found) Assert.Equal(("published", 3), (effect!.Value.GetProperty("state").GetString(), effect.Value.GetProperty("uploaded_assets").GetArrayLength()));
        // Another operation's is not taken for it.
        Assert.Null(await bench.Tool.FindEffectAsync(bench.App.Services, bench.Input(arguments), bench.Call(), CancellationToken.None));
    }

    [Fact]
    public async Task TwoApprovals_OfOneRelease_MakeOne()
    {
        var bench = world.Bench();
        var arguments = bench.Arguments(bench.ThreeFiles());
        var ends = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            try
            {
                return JsonSerializer.Serialize(await bench.RunAsync(arguments));
            }
            catch (ToolRefusedException refused)
            {
                return refused.Code;
            }
        }));
        Assert.Single(bench.Repository.Releases);
        Assert.Equal(2, ends.Count(e => e == "release_exists"));
    }
}
