using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>One-time links that sign an operator in without a password: the first start's, and the way back in.</summary>
public sealed class SignInLinks
{
    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    private readonly Database _database;
    private readonly TimeProvider _time;

    internal SignInLinks(Database database, TimeProvider time)
    {
        _database = database;
        _time = time;
    }

    /// <inheritdoc cref="CreateAsync(string, Actor, CancellationToken)"/>
    public Task<SignInLink> CreateAsync(string operatorId, CancellationToken cancellationToken) => CreateAsync(operatorId, OperatorDirectory.CommandLine, cancellationToken);

    /// <summary>Makes a token for a link. It is stored hashed, works once, and for <see cref="Lifetime"/>; hand it to this operator only.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, the operator is disabled, or the actor is no admin.</exception>
    public Task<SignInLink> CreateAsync(string operatorId, Actor by, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return _database.WriteAsync(async db =>
        {
            var now = _time.GetUtcNow();
            await OperatorDirectory.RefuseUnlessAdminAsync(db, by, cancellationToken);
            var person = await db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.OperatorId == operatorId && o.DisabledAt == null, cancellationToken)
                ?? throw new IdentityRefusedException($"There is no operator '{operatorId}' who may sign in.");
            db.Add(IdentityChangeRow.Of(by, $"person:{operatorId}", person.DisplayName, "sign-in link made", _time));
            var forgotten = now - Remembered;
            await db.Set<SignInLinkRow>().Where(l => l.ExpiresAt < forgotten).ExecuteDeleteAsync(cancellationToken);
            db.Add(new SignInLinkRow { TokenHash = Hash(token), OperatorId = operatorId, CreatedAt = now, ExpiresAt = now + Lifetime });
            return new SignInLink(token, now + Lifetime);
        }, cancellationToken);
    }

    /// <summary>Uses a token up. Of any number of tries with one token, at once or later, over all processes, one succeeds.</summary>
    public Task<SignInAttempt> RedeemAsync(string token, CancellationToken cancellationToken)
    {
        var hash = Hash(token);
        return _database.WriteAsync<SignInAttempt>(async db =>
        {
            var now = _time.GetUtcNow();
            // The one step that decides: whoever sets UsedAt has the link. It is used up even if the operator is disabled by now.
            var won = await db.Set<SignInLinkRow>().Where(l => l.TokenHash == hash && l.UsedAt == null && l.ExpiresAt > now)
                .ExecuteUpdateAsync(s => s.SetProperty(l => l.UsedAt, now), cancellationToken);
            var link = await db.Set<SignInLinkRow>().AsNoTracking().SingleOrDefaultAsync(l => l.TokenHash == hash, cancellationToken);
            if (link is null) return new SignInAttempt.Refused(SignInRefusal.Unknown);
            if (won == 0) return new SignInAttempt.Refused(link.UsedAt is not null ? SignInRefusal.Used : SignInRefusal.Expired);
            var row = await db.Set<OperatorRow>().SingleAsync(o => o.OperatorId == link.OperatorId, cancellationToken);
            if (row.DisabledAt is not null) return new SignInAttempt.Refused(SignInRefusal.Disabled);
            row.LastSignInAt = now;
            return new SignInAttempt.SignedIn(row.ToInfo());
        }, cancellationToken);
    }

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}

/// <summary>A link's token, for an address such as <c>/sign-in/&lt;token&gt;</c>.</summary>
/// <param name="Token">43 characters of base64url. A secret until it is used.</param>
public sealed record SignInLink(string Token, DateTimeOffset ExpiresAt);

/// <summary>What came of a link. Closed: there are these two ways and no other.</summary>
public abstract record SignInAttempt
{
    private SignInAttempt() { }

    /// <summary>The operator is who they are; the sign-in is noted.</summary>
    public sealed record SignedIn(OperatorInfo Operator) : SignInAttempt;

    /// <summary>The link does not work.</summary>
    public sealed record Refused(SignInRefusal Reason) : SignInAttempt;
}

/// <summary>Why a link does not work.</summary>
public enum SignInRefusal
{
    /// <summary>No such link was made, or it was forgotten long after its end.</summary>
    Unknown = 1,
    /// <summary>It has been used.</summary>
    Used = 2,
    /// <summary>Its time is over.</summary>
    Expired = 3,
    /// <summary>Its operator may not sign in any more.</summary>
    Disabled = 4,
}

/// <summary>A link, by the hash of its token.</summary>
internal sealed class SignInLinkRow : IEntityTypeConfiguration<SignInLinkRow>
{
    public string TokenHash { get; set; } = "";
    public string OperatorId { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }

    public void Configure(EntityTypeBuilder<SignInLinkRow> builder)
    {
        builder.ToTable("sign_in_links").HasKey(l => l.TokenHash);
        builder.Property(l => l.TokenHash).HasMaxLength(64);
        builder.Property(l => l.OperatorId).HasMaxLength(40);
        builder.HasOne<OperatorRow>().WithMany().HasForeignKey(l => l.OperatorId).OnDelete(DeleteBehavior.Restrict);
    }
}
