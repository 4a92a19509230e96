using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Identities;

public sealed class SignInLinksTests
{
    private static async Task<(TestStore Store, SignInLinks Links, OperatorInfo Boss)> WithBossAsync()
    {
        var store = await TestStore.CreateAsync();
        return (store, store.Get<SignInLinks>(), (await store.Get<OperatorDirectory>().EnsureFirstOperatorAsync("boss", default))!);
    }

    private static SignInRefusal Reason(SignInAttempt attempt) => Assert.IsType<SignInAttempt.Refused>(attempt).Reason;

    [Fact]
    public async Task RedeemAsync_FreshLink_SignsInOnce()
    {
        var (store, links, boss) = await WithBossAsync();
        await using var _ = store;
        var link = await links.CreateAsync(boss.OperatorId, default);
        Assert.Equal(43, link.Token.Length);
        Assert.Equal(store.Clock.GetUtcNow().AddMinutes(15), link.ExpiresAt);
        Assert.Equal(boss with { LastSignInAt = store.Clock.GetUtcNow() }, Assert.IsType<SignInAttempt.SignedIn>(await links.RedeemAsync(link.Token, default)).Operator);
        Assert.Equal(SignInRefusal.Used, Reason(await links.RedeemAsync(link.Token, default)));
        Assert.Equal(SignInRefusal.Unknown, Reason(await links.RedeemAsync(link.Token[1..], default)));
        Assert.NotEqual(link.Token, (await store.Database.ReadAsync(db => db.Set<SignInLinkRow>().SingleAsync(), default)).TokenHash);
    }

    [Fact]
    public async Task RedeemAsync_HundredAtOnceOverTwoProcesses_OneSucceeds()
    {
        var (store, links, boss) = await WithBossAsync();
        await using var _ = store;
        await using var other = store.SecondProcess();
        var link = await links.CreateAsync(boss.OperatorId, default);
        var attempts = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => (i % 2 == 0 ? store : other).Get<SignInLinks>().RedeemAsync(link.Token, default))));
        Assert.Single(attempts.OfType<SignInAttempt.SignedIn>());
        Assert.All(attempts.OfType<SignInAttempt.Refused>(), r => Assert.Equal(SignInRefusal.Used, r.Reason));
    }

    [Fact]
    public async Task RedeemAsync_AfterFifteenMinutes_IsExpired()
    {
        var (store, links, boss) = await WithBossAsync();
        await using var _ = store;
        var early = await links.CreateAsync(boss.OperatorId, default);
        var late = await links.CreateAsync(boss.OperatorId, default);
        store.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.IsType<SignInAttempt.SignedIn>(await links.RedeemAsync(early.Token, default));
        store.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(SignInRefusal.Expired, Reason(await links.RedeemAsync(late.Token, default)));
        Assert.Equal(SignInRefusal.Used, Reason(await links.RedeemAsync(early.Token, default)));
        store.Clock.Advance(TimeSpan.FromDays(8));
        await links.CreateAsync(boss.OperatorId, default);
        Assert.Equal(SignInRefusal.Unknown, Reason(await links.RedeemAsync(late.Token, default)));
        Assert.Equal(1, await store.Database.ReadAsync(db => db.Set<SignInLinkRow>().CountAsync(), default));
    }

    [Fact]
    public async Task RedeemAsync_OperatorDisabledMeanwhile_IsRefused()
    {
        var (store, links, boss) = await WithBossAsync();
        await using var _ = store;
        var link = await links.CreateAsync(boss.OperatorId, default);
        await store.Get<OperatorDirectory>().AddAsync("second", null, Role.Admin, OperatorDirectory.CommandLine, default);
        await store.Get<OperatorDirectory>().DisableAsync(boss.OperatorId, default);
        Assert.Equal(SignInRefusal.Disabled, Reason(await links.RedeemAsync(link.Token, default)));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => links.CreateAsync(boss.OperatorId, default));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => links.CreateAsync("opr_none", default));
    }
}
