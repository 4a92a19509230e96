using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace OmniAudit.Tests.GitHub;

internal sealed partial class FakeGitHub
{
    private readonly Dictionary<string, DateTimeOffset> _installationTokens = new(StringComparer.Ordinal);

    /// <summary>The app's public key, as GitHub keeps it; null when there is no app.</summary>
    public RSA? AppKey { get; set; }
    public string AppId { get; set; } = "Iv23liOmniAudit";
    public string Installation { get; set; } = "4711";

    /// <summary>From now on no token is taken that was issued before.</summary>
    public void RevokeInstallationTokens()
    {
        lock (_lock) _installationTokens.Clear();
    }

    private bool TakesInstallationToken(string shown)
    {
        lock (_lock) return shown.StartsWith("Bearer ", StringComparison.Ordinal) && _installationTokens.TryGetValue(shown["Bearer ".Length..], out var until) && until > Time.GetUtcNow();
    }

    /// <summary>As documented: RS256, issued not in the future, for ten minutes at most, by the app.</summary>
    private Reply IssueToken(string installation, FakeRequest request)
    {
        var parts = request.Headers.GetValueOrDefault("Authorization", "").Replace("Bearer ", "", StringComparison.Ordinal).Split('.');
        if (AppKey is null || parts.Length != 3 || !AppKey.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64UrlEncoder.DecodeBytes(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            return Error(401, "A JSON web token could not be decoded");
        var (header, claims) = (JsonNode.Parse(Base64UrlEncoder.Decode(parts[0]))!, JsonNode.Parse(Base64UrlEncoder.Decode(parts[1]))!);
        var now = Time.GetUtcNow().ToUnixTimeSeconds();
        if (header["alg"]!.GetValue<string>() != "RS256") return Error(401, "The algorithm must be RS256");
        if (claims["iss"]!.GetValue<string>() != AppId) return Error(401, "'Issuer' claim ('iss') must be the app's");
        if (claims["iat"]!.GetValue<long>() > now) return Error(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
        if (claims["exp"]!.GetValue<long>() > now + 600) return Error(401, "'Expiration time' claim ('exp') is too far in the future");
        if (claims["exp"]!.GetValue<long>() <= now) return Error(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires");
        if (installation != Installation) return NotFound();
        Count("token");
        var token = $"ghs_only_for_tests_{_effects["token"].ToString(CultureInfo.InvariantCulture)}";
        var until = Time.GetUtcNow().AddHours(1);
        _installationTokens[token] = until;
        return new Reply(201, new JsonObject { ["token"] = token, ["expires_at"] = Timestamp(until), ["permissions"] = new JsonObject { ["contents"] = "write" }, ["repository_selection"] = "selected" });
    }
}
