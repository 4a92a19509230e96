using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Secrets;

namespace OmniAudit.Modules.Approvals;

/// <summary>
/// Confirmation tokens name a pending request to the agent that made it. They are computed from the request, so nothing
/// secret is stored and the same request always has the same token; they decide nothing.
/// </summary>
internal sealed class ConfirmationTokens(SecretVault vault, OmniAuditOptions options)
{
    private const string Prefix = "cft_";
    private byte[]? _key;

    public async Task<string> IssueAsync(ApprovalRow approval, CancellationToken cancellationToken) =>
        Prefix + approval.ApprovalId["apr_".Length..] + "_" + await TagAsync(approval, cancellationToken);

    /// <summary>The approval id a token claims to name; null when it does not have a token's form.</summary>
    public static string? ApprovalIdOf(string token)
    {
        var parts = token.Split('_');
        return parts.Length >= 3 && token.StartsWith(Prefix, StringComparison.Ordinal) ? "apr_" + parts[1] : null;
    }

    public async Task<bool> IsGenuineAsync(string token, ApprovalRow approval, CancellationToken cancellationToken)
    {
        var genuine = await IssueAsync(approval, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(genuine));
    }

    private async Task<string> TagAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        _key ??= options.Approvals.Secret.Length > 0
            ? SHA256.HashData(Encoding.UTF8.GetBytes(options.Approvals.Secret))
            : await vault.GetOrCreateAsync("confirmation-tokens", () => RandomNumberGenerator.GetBytes(32), cancellationToken);
        var text = $"{approval.ApprovalId}\n{approval.RequesterSubject}\n{approval.AskedSha256}";
        return Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)))[..40];
    }
}
