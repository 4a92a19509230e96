using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.GitHub.Credentials;

/// <summary>An installation's token, as <c>POST /app/installations/{id}/access_tokens</c> answers it.</summary>
internal sealed record InstallationToken(string? Token = null, DateTimeOffset? ExpiresAt = null);

/// <summary>
/// The token of the moment: the personal one, or the GitHub App installation's, which is renewed five minutes before it ends. Whoever
/// asks while it is renewed waits for that one renewal. Tokens are in memory only.
/// </summary>
internal sealed class GitHubCredentials(OmniAuditOptions options, TimeProvider time)
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private volatile Held? _held;
    private Task<Held>? _renewal;

    public bool IsApp => options.GitHub.AuthMode == "app";

    /// <param name="renew">Asks GitHub for an installation's token, with the JSON web token that it is given.</param>
    /// <exception cref="GitHubRefusedException">There is nothing to show GitHub, or it does not take it; the message names the settings.</exception>
    public async Task<GitHubCredential> GetAsync(Func<string, CancellationToken, Task<InstallationToken>> renew, CancellationToken cancellationToken)
    {
        if (!IsApp)
        {
            var pat = options.GitHub.Pat;
            if (pat.Length == 0)
                throw new GitHubRefusedException("github_not_configured", "The server has no GitHub token. Set GITHUB_PAT to one that covers the repositories (docs/github.md lists the permissions), or GITHUB_AUTH_MODE to app.");
            return new GitHubCredential(pat, "pat:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(pat)))[..16]);
        }
        Task<Held> renewal;
        lock (_lock)
        {
            if (_held is { } held && time.GetUtcNow() < held.RenewAt) return held.Credential;
            // Whoever stops waiting stops it for nobody else.
            renewal = _renewal ??= RenewAsync(renew);
        }
        // One that ends within five minutes serves those who waited for it.
        return (await renewal.WaitAsync(cancellationToken)).Credential;
    }

    private async Task<Held> RenewAsync(Func<string, CancellationToken, Task<InstallationToken>> renew)
    {
        // It must be known as the one renewal before it can end.
        await Task.Yield();
        try
        {
            var gitHub = options.GitHub;
            if (gitHub.AppId.Length == 0 || gitHub.AppInstallationId.Length == 0)
                throw new GitHubRefusedException("github_not_configured", "GITHUB_AUTH_MODE 'app' needs GITHUB_APP_ID and GITHUB_APP_INSTALLATION_ID.");
            var token = await renew(AppKey.Sign(gitHub, options.InData(gitHub.AppPrivateKeyFile, "github-app.pem"), time.GetUtcNow()), CancellationToken.None);
            if (string.IsNullOrEmpty(token.Token) || token.Token.Any(c => c is <= ' ' or > '~') || token.ExpiresAt is not { } end)
                throw new GitHubRefusedException("github_unreadable", "GitHub's answer to the request for the installation's token is not what its API answers. Check GITHUB_API_URL; for GitHub Enterprise Server it ends in /api/v3.");
            return _held = new Held(new GitHubCredential(token.Token, $"app:{gitHub.AppId}:{gitHub.AppInstallationId}"), end - RenewBefore);
        }
        finally
        {
            lock (_lock) _renewal = null;
        }
    }

    /// <summary>GitHub does not take this one any more: the next request gets a new one. False when there is no other to be had.</summary>
    public bool Forget(GitHubCredential refused)
    {
        if (!IsApp) return false;
        if (_held is { } held && held.Credential.Token == refused.Token) _held = null;
        return true;
    }

    private sealed record Held(GitHubCredential Credential, DateTimeOffset RenewAt)
    {
        public override string ToString() => Credential.ToString();
    }
}
