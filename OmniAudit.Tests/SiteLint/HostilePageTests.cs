using System.Text.Json;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint;

/// <summary>
/// The hostile page with the fence and without: behind it nothing may arrive, without it many must, or the suite proves nothing. Runs in a network
/// namespace of its own (loopback only, so that a fence that leaks leaks nowhere) where the machine allows it, and says so where it does not.
/// </summary>
[Collection(RealBrowser.Name)]
public sealed class HostilePageTests
{
    [Fact]
    public async Task HostilePage_BehindTheFence_ReachesNothing()
    {
        var (outcome, where) = await RunAsync(fenced: true);

        Assert.Empty(outcome.Reached);
        // It did try, and was told no: the private addresses by number and by names that resolve or re-resolve to them.
        var denied = outcome.Hops.Where(h => !h.Allowed).ToList();
        Assert.Contains(denied, h => h.Host == "10.0.0.5");
        Assert.Contains(denied, h => h.Host == "169.254.169.254" && h.Code == "metadata_denied");
        Assert.Contains(denied, h => h.Host == "127.0.0.1");
        Assert.Contains(denied, h => h.Host == "private.test" && h.Reason.Contains("resolves to 127.0.0.1", StringComparison.Ordinal));
        Assert.Contains(denied, h => h.Host == "rebind.test" && h.Reason.Contains("resolves to 127.0.0.1", StringComparison.Ordinal));
        Assert.Contains(denied, h => h.Via == "connect");
        Assert.All(outcome.Hops.Where(h => h.Allowed), h => Assert.Equal(outcome.Authority, $"{h.Host}:{h.Port}"));
        Assert.True(denied.Count > 25, $"only {denied.Count} attempts were seen");
        Console.WriteLine($"fence suite, {where}: {outcome.Attempts} targets, 0 reached behind the fence, {denied.Count} connections refused");
    }

    [Fact]
    public async Task HostilePage_WithoutTheFence_ReachesMany()
    {
        var (outcome, where) = await RunAsync(fenced: false);

        Assert.True(outcome.Attempts >= 50, $"{outcome.Attempts} targets");
        Assert.True(outcome.Reached.Count > 30, $"only {outcome.Reached.Count}: {string.Join(' ', outcome.Reached)}");
        Assert.Contains("websocket", outcome.Reached);
        Assert.Contains("redirect-302", outcome.Reached);
        Assert.Contains("rebind", outcome.Reached);
        Assert.Contains("udp", outcome.Reached);
        Console.WriteLine($"fence suite, {where}: {outcome.Attempts} targets, {outcome.Reached.Count} reached without the fence: {string.Join(' ', outcome.Reached)}");
    }

    private static async Task<(HostileSite.Outcome Outcome, string Where)> RunAsync(bool fenced)
    {
        var word = fenced ? "fenced" : "unfenced";
        await using var process = TestProcess.StartInNamespace(["hostile-site", word]);
        if (await process.ReadAsync() is { } answer) return (JsonSerializer.Deserialize<HostileSite.Outcome>(answer)!, "in a network namespace of its own");
        // Containers and hardened kernels forbid unprivileged namespaces; the suite itself needs none.
        if (!process.Rest.Contains("unshare", StringComparison.Ordinal)) Assert.Fail(process.Rest);
        return (await (fenced ? HostileSite.RunFencedAsync() : HostileSite.RunUnfencedAsync()), $"without a namespace of its own ({process.Rest.Trim()})");
    }
}
