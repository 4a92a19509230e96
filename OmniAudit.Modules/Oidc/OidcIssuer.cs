using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace OmniAudit.Modules.Oidc;

/// <summary>
/// What an issuer says about itself (OpenID Connect Discovery 1.0) and its signing keys: asked for at the first use, again
/// after an hour, and when a token names a key that is not known. An issuer that is down changes nothing for a day.
/// </summary>
internal sealed class OidcIssuer(string authority, OidcHttp http, TimeProvider time, ILogger<OidcIssuer> log)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);
    /// <summary>Keys that the issuer may have withdrawn since are not believed for longer than this.</summary>
    private static readonly TimeSpan Usable = TimeSpan.FromHours(24);
    /// <summary>Between two tries after a failure: callers in between are answered at once.</summary>
    private static readonly TimeSpan FailureGap = TimeSpan.FromSeconds(10);
    /// <summary>Anyone can send a token that names an unknown key; the issuer is asked no more often than this for it.</summary>
    private static readonly TimeSpan UnknownKeyGap = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Task<Known>? _asking;
    private volatile Known? _known;
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;
    private string? _failure;

    /// <summary>The issuer's document and keys.</summary>
    /// <exception cref="OidcUnavailableException">They cannot be had, and no earlier ones are young enough.</exception>
    public async Task<OpenIdConnectConfiguration> GetAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_known is not { } known || now - known.At >= Usable) return (await AskAsync(_known, FailureGap, cancellationToken)).Document;
        // Nobody waits for a renewal while what is known will do.
        if (now - known.At >= Fresh && now - _askedAt >= FailureGap) _ = RenewAsync(known);
        return known.Document;
    }

    /// <summary>The keys that a token's <c>kid</c> can mean: the one of this id, or every key for a token without an id. Empty when the issuer has none, after asking it again.</summary>
    public async Task<IReadOnlyList<SecurityKey>> KeysAsync(string? keyId, CancellationToken cancellationToken)
    {
        var document = await GetAsync(cancellationToken);
        if (string.IsNullOrEmpty(keyId)) return [.. document.SigningKeys];
        var keys = Matching(document);
        if (keys.Count > 0) return keys;
        try
        {
            return Matching((await AskAsync(_known, UnknownKeyGap, cancellationToken)).Document);
        }
        catch (OidcUnavailableException)
        {
            return [];
        }

        List<SecurityKey> Matching(OpenIdConnectConfiguration of) => [.. of.SigningKeys.Where(k => k.KeyId == keyId)];
    }

    /// <summary>One question at a time, whose answer is for all who wait; it goes on when one of them leaves.</summary>
    /// <param name="seen">What the caller knows and finds wanting: anything newer is its answer.</param>
    private Task<Known> AskAsync(Known? seen, TimeSpan gap, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_known is { } newer && newer != seen) return Task.FromResult(newer);
            if (_asking is null or { IsCompleted: true })
            {
                var now = time.GetUtcNow();
                if (now - _askedAt < gap) return _failure is null && _known is { } same ? Task.FromResult(same) : Task.FromException<Known>(new OidcUnavailableException(_failure ?? "it was asked just now"));
                _askedAt = now;
                _asking = Task.Run(() => ReadAsync(now), CancellationToken.None);
            }
            return _asking.WaitAsync(cancellationToken);
        }
    }

    private async Task<Known> ReadAsync(DateTimeOffset now)
    {
        try
        {
            var known = new Known(await ReadAsync(CancellationToken.None), now);
            (_known, _failure) = (known, null);
            return known;
        }
        catch (OidcUnavailableException failure)
        {
            _failure = failure.Message;
            log.LogWarning("The issuer {Issuer} cannot be used: {Reason}", authority, failure.Message);
            throw;
        }
    }

    private async Task RenewAsync(Known known)
    {
        try
        {
            await AskAsync(known, FailureGap, CancellationToken.None);
        }
        catch (OidcUnavailableException)
        {
            // It is in the log; what is known goes on.
        }
    }

    private async Task<OpenIdConnectConfiguration> ReadAsync(CancellationToken cancellationToken)
    {
        OpenIdConnectConfiguration document;
        try
        {
            document = await OpenIdConnectConfigurationRetriever.GetAsync(authority.TrimEnd('/') + "/.well-known/openid-configuration", http, cancellationToken);
        }
        catch (Exception e) when (e is not (OidcUnavailableException or OperationCanceledException))
        {
            throw new OidcUnavailableException("its discovery document or its keys cannot be read", e);
        }
        // Discovery 4.3: the same text. A slash at the end is forgiven, since people leave it out; tokens must carry the document's spelling.
        if (document.Issuer?.TrimEnd('/') != authority.TrimEnd('/')) throw new OidcUnavailableException("its discovery document names another issuer");
        if (document.SigningKeys.Count == 0) throw new OidcUnavailableException("it has no signing keys");
        return document;
    }

    private sealed record Known(OpenIdConnectConfiguration Document, DateTimeOffset At);
}
