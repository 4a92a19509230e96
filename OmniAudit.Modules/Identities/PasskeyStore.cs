using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Identities;

/// <summary>What ASP.NET Core Identity's passkey handler asks about operators and their passkeys. Reads only: writes are <see cref="PasskeyDirectory"/>'s, in transactions of its own.</summary>
internal sealed class PasskeyStore(Database database) : IUserPasskeyStore<OperatorRow>
{
    public Task<OperatorRow?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.OperatorId == userId, cancellationToken), cancellationToken);

    public Task<OperatorRow?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) => database.ReadAsync(
        db => db.Set<OperatorRow>().SingleOrDefaultAsync(o => db.Set<PasskeyRow>().Any(p => p.CredentialId == credentialId && p.OperatorId == o.OperatorId), cancellationToken), cancellationToken);

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(OperatorRow user, CancellationToken cancellationToken) =>
        [.. (await database.ReadAsync(db => db.Set<PasskeyRow>().Where(p => p.OperatorId == user.OperatorId).ToListAsync(cancellationToken), cancellationToken)).Select(p => p.ToCredential())];

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(OperatorRow user, byte[] credentialId, CancellationToken cancellationToken) =>
        (await database.ReadAsync(db => db.Set<PasskeyRow>().SingleOrDefaultAsync(p => p.CredentialId == credentialId && p.OperatorId == user.OperatorId, cancellationToken), cancellationToken))?.ToCredential();

    public Task<string> GetUserIdAsync(OperatorRow user, CancellationToken cancellationToken) => Task.FromResult(user.OperatorId);
    public Task<string?> GetUserNameAsync(OperatorRow user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.UserName);
    public Task<string?> GetNormalizedUserNameAsync(OperatorRow user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.UserName);

    public Task<OperatorRow?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw Elsewhere();
    public Task SetUserNameAsync(OperatorRow user, string? userName, CancellationToken cancellationToken) => throw Elsewhere();
    public Task SetNormalizedUserNameAsync(OperatorRow user, string? normalizedName, CancellationToken cancellationToken) => throw Elsewhere();
    public Task<IdentityResult> CreateAsync(OperatorRow user, CancellationToken cancellationToken) => throw Elsewhere();
    public Task<IdentityResult> UpdateAsync(OperatorRow user, CancellationToken cancellationToken) => throw Elsewhere();
    public Task<IdentityResult> DeleteAsync(OperatorRow user, CancellationToken cancellationToken) => throw Elsewhere();
    public Task AddOrUpdatePasskeyAsync(OperatorRow user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw Elsewhere();
    public Task RemovePasskeyAsync(OperatorRow user, byte[] credentialId, CancellationToken cancellationToken) => throw Elsewhere();

    public void Dispose()
    {
        // Holds nothing.
    }

    private static NotSupportedException Elsewhere() => new("Operators are changed by OperatorDirectory and PasskeyDirectory.");
}
