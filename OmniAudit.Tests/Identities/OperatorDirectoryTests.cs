using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Identities;

public sealed class OperatorDirectoryTests
{
    private const string Password = "correct horse battery";

    private static async Task<(TestStore Store, OperatorDirectory Operators, OperatorInfo Jane)> WithJaneAsync()
    {
        var store = await TestStore.CreateAsync();
        var operators = store.Get<OperatorDirectory>();
        var jane = await operators.AddAsync("Jane", "Jane Doe", default);
        return (store, operators, await operators.SetPasswordAsync(jane.OperatorId, Password, default));
    }

    [Fact]
    public async Task EnsureFirstOperatorAsync_ManyStartsAtOnce_CreateOneWithoutPassword()
    {
        await using var store = await TestStore.CreateAsync();
        await using var other = store.SecondProcess();
        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? store : other).Get<OperatorDirectory>().EnsureFirstOperatorAsync("Boss", default)));
        var first = Assert.Single(made, o => o is not null)!;
        Assert.Equal(("boss", "Boss", false), (first.UserName, first.DisplayName, first.HasPassword));
        Assert.Equal(first, Assert.Single(await store.Get<OperatorDirectory>().ListAsync(default)));
        Assert.IsType<PasswordCheck.Wrong>(await store.Get<OperatorDirectory>().CheckPasswordAsync("boss", "", default));
    }

    [Fact]
    public async Task CheckPasswordAsync_RightPassword_SignsInWhateverTheCaseOfTheName()
    {
        var (store, operators, jane) = await WithJaneAsync();
        await using var _ = store;
        store.Clock.Advance(TimeSpan.FromHours(1));
        var signedIn = Assert.IsType<PasswordCheck.Correct>(await operators.CheckPasswordAsync("JANE", Password, default)).Operator;
        Assert.Equal(jane with { LastSignInAt = store.Clock.GetUtcNow() }, signedIn);
        Assert.Equal(new Actor(ActorKind.Person, $"person:{jane.OperatorId}", "Jane Doe"), signedIn.Actor);
        Assert.IsType<PasswordCheck.Wrong>(await operators.CheckPasswordAsync("jane", Password + "!", default));
        Assert.IsType<PasswordCheck.Wrong>(await operators.CheckPasswordAsync("nobody", Password, default));
        Assert.IsType<PasswordCheck.Wrong>(await operators.CheckPasswordAsync("jane", new string('x', 100_000), default));
    }

    [Fact]
    public async Task CheckPasswordAsync_FiveFailures_LockForFiveMinutes()
    {
        var (store, operators, _) = await WithJaneAsync();
        await using var __ = store;
        for (var i = 0; i < 4; i++) Assert.IsType<PasswordCheck.Wrong>(await operators.CheckPasswordAsync("jane", "wrong", default));
        var until = store.Clock.GetUtcNow().AddMinutes(5);
        Assert.Equal(new PasswordCheck.Locked(until), await operators.CheckPasswordAsync("jane", "wrong", default));
        store.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(new PasswordCheck.Locked(until), await operators.CheckPasswordAsync("jane", Password, default));
        store.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<PasswordCheck.Wrong>(await operators.CheckPasswordAsync("jane", "wrong", default));
        Assert.IsType<PasswordCheck.Correct>(await operators.CheckPasswordAsync("jane", Password, default));
        for (var i = 0; i < 4; i++) Assert.IsType<PasswordCheck.Wrong>(await operators.CheckPasswordAsync("jane", "wrong", default));
    }

    [Fact]
    public async Task CheckPasswordAsync_ThirtyGuessesAtOnce_TriesNoMoreThanFive()
    {
        var (store, _, _) = await WithJaneAsync();
        await using var __ = store;
        var hasher = new CountingHasher();
        var operators = new OperatorDirectory(store.Database, store.Get<ChangeFeed>(), store.Clock, hasher);
        var checks = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => operators.CheckPasswordAsync("jane", $"guess {i}", default))));
        Assert.InRange(hasher.Verified, 1, 5);
        Assert.All(checks, c => Assert.IsNotType<PasswordCheck.Correct>(c));
        Assert.IsType<PasswordCheck.Locked>(await operators.CheckPasswordAsync("jane", Password, default));
    }

    [Fact]
    public async Task CheckPasswordAsync_HashOfAnOlderStrength_IsRenewed()
    {
        var (store, operators, jane) = await WithJaneAsync();
        await using var _ = store;
        var weak = new PasswordHasher<OperatorRow>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 })).HashPassword(new OperatorRow(), Password);
        await store.Database.WriteAsync(db => db.Set<OperatorRow>().ExecuteUpdateAsync(s => s.SetProperty(o => o.PasswordHash, weak)), default);
        Assert.IsType<PasswordCheck.Correct>(await operators.CheckPasswordAsync("jane", Password, default));
        Assert.NotEqual(weak, (await store.Database.ReadAsync(db => db.Set<OperatorRow>().SingleAsync(), default)).PasswordHash);
        Assert.IsType<PasswordCheck.Correct>(await operators.CheckPasswordAsync("jane", Password, default));
        Assert.NotNull(await operators.FindSessionAsync(jane.OperatorId, jane.SecurityStamp, default));
    }

    [Theory]
    [InlineData("short", "The password has 5 characters; it needs at least 12.")]
    [InlineData("jane-the-first", "The password is the user name; choose another.")]
    [InlineData("JANE-the-First ", "The password is the user name; choose another.")]
    [InlineData("aaaaaaaaaaaaaaaa", "The password repeats fewer than 4 different characters; choose another.")]
    public async Task SetPasswordAsync_WeakPassword_SaysWhy(string password, string message)
    {
        await using var store = await TestStore.CreateAsync();
        var operators = store.Get<OperatorDirectory>();
        var jane = await operators.AddAsync("jane-the-first", null, default);
        Assert.Equal(message, (await Assert.ThrowsAsync<IdentityRefusedException>(() => operators.SetPasswordAsync(jane.OperatorId, password, default))).Message);
        Assert.False((await operators.FindAsync("jane-the-first", default))!.HasPassword);
    }

    [Fact]
    public async Task FindSessionAsync_AfterWhatEndsSessions_FindsNobody()
    {
        var (store, operators, jane) = await WithJaneAsync();
        await using var _ = store;
        await operators.AddAsync("second", null, default);
        Assert.Equal(jane, await operators.FindSessionAsync(jane.OperatorId, jane.SecurityStamp, default));
        Func<Task<OperatorInfo>>[] changes =
        [
            () => operators.SetPasswordAsync(jane.OperatorId, Password, default),
            () => operators.SignOutEverywhereAsync(jane.OperatorId, default),
            () => operators.DisableAsync(jane.OperatorId, default),
        ];
        foreach (var change in changes)
        {
            var before = (await operators.FindAsync("jane", default))!.SecurityStamp;
            await change();
            Assert.Null(await operators.FindSessionAsync(jane.OperatorId, before, default));
        }
        var disabled = (await operators.FindAsync("jane", default))!;
        Assert.Null(await operators.FindSessionAsync(jane.OperatorId, disabled.SecurityStamp, default));
        Assert.IsType<PasswordCheck.Wrong>(await operators.CheckPasswordAsync("jane", Password, default));
        await operators.EnableAsync(jane.OperatorId, default);
        Assert.IsType<PasswordCheck.Correct>(await operators.CheckPasswordAsync("jane", Password, default));
    }

    [Fact]
    public async Task DisableAsync_LastOperator_IsRefused()
    {
        var (store, operators, jane) = await WithJaneAsync();
        await using var _ = store;
        var second = await operators.AddAsync("second", null, default);
        await operators.DisableAsync(second.OperatorId, default);
        var error = await Assert.ThrowsAsync<IdentityRefusedException>(() => operators.DisableAsync(jane.OperatorId, default));
        Assert.Contains("last operator", error.Message, StringComparison.Ordinal);
        Assert.NotNull(await operators.FindSessionAsync(jane.OperatorId, jane.SecurityStamp, default));
    }

    [Fact]
    public async Task RenameAsync_NewNames_KeepIdAndSession()
    {
        var (store, operators, jane) = await WithJaneAsync();
        await using var _ = store;
        await operators.AddAsync("second", null, default);
        var renamed = await operators.RenameAsync(jane.OperatorId, "Janet", "Janet D.", default);
        Assert.Equal(("janet", "Janet D.", jane.OperatorId), (renamed.UserName, renamed.DisplayName, renamed.OperatorId));
        Assert.Equal(renamed, await operators.FindSessionAsync(jane.OperatorId, jane.SecurityStamp, default));
        Assert.Null(await operators.FindAsync("jane", default));
        foreach (var (user, display) in new[] { ("second", null), ("not a name", null), (null, " "), (null, "a\u0007b"), ((string?)null, (string?)new string('x', 101)) })
        {
            await Assert.ThrowsAsync<IdentityRefusedException>(() => operators.RenameAsync(jane.OperatorId, user, display, default));
        }
        await Assert.ThrowsAsync<IdentityRefusedException>(() => operators.RenameAsync("opr_none", "x", null, default));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => operators.AddAsync("JANET", null, default));
        Assert.Equal(renamed, await operators.FindAsync("janet", default));
    }

    private sealed class CountingHasher : IPasswordHasher<OperatorRow>
    {
        private readonly PasswordHasher<OperatorRow> _inner = new();
        private int _verified;

        public int Verified => _verified;

        public string HashPassword(OperatorRow user, string password) => _inner.HashPassword(user, password);

        public PasswordVerificationResult VerifyHashedPassword(OperatorRow user, string hashedPassword, string providedPassword)
        {
            Interlocked.Increment(ref _verified);
            return _inner.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}
