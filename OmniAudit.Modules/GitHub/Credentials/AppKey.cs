using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.GitHub.Credentials;

/// <summary>Signs in as a GitHub App (docs.github.com, "Generating a JSON Web Token for a GitHub App"): RS256, for ten minutes at most.</summary>
internal static class AppKey
{
    /// <summary>GitHub's clock may be behind ours.</summary>
    private static readonly TimeSpan IssuedBefore = TimeSpan.FromSeconds(60);

    /// <summary>With the minute above, ten minutes from begin to end.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(9);

    /// <summary>A JSON web token for <c>/app/…</c>.</summary>
    /// <exception cref="GitHubRefusedException">There is no key that can be used; the message names the setting and never repeats what stands in it.</exception>
    public static string Sign(GitHubOptions options, string keyFile, DateTimeOffset now)
    {
        using var key = Read(options, keyFile);
        var header = Base64Url.EncodeToString("""{"alg":"RS256","typ":"JWT"}"""u8);
        // The claims' order and form are ours; the id needs no escaping (the settings' check).
        var claims = $$"""{"iat":{{(now - IssuedBefore).ToUnixTimeSeconds()}},"exp":{{(now + Lifetime).ToUnixTimeSeconds()}},"iss":"{{JsonEncodedText.Encode(options.AppId)}}"}""";
        var signed = $"{header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static RSA Read(GitHubOptions options, string keyFile)
    {
        var fromFile = options.AppPrivateKeyFile.Length > 0;
        var setting = fromFile ? "GITHUB_APP_PRIVATE_KEY_FILE" : "GITHUB_APP_PRIVATE_KEY";
        var text = fromFile ? FromFile(keyFile) : options.AppPrivateKey;
        if (text.Length == 0) throw NotConfigured("The server has no private key of the GitHub App. Set GITHUB_APP_PRIVATE_KEY_FILE or GITHUB_APP_PRIVATE_KEY.");
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(text);
            // Half a pair imports as well.
            if (key.ExportParameters(includePrivateParameters: true).D is not null) return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            // Said below; what these say may quote the key.
        }
        key.Dispose();
        throw NotConfigured($"{setting}: holds no RSA private key. Download one from the app's page at GitHub (“Private keys”) and give it as it is: -----BEGIN RSA PRIVATE KEY----- and so on.");
    }

    private static string FromFile(string path)
    {
        try
        {
            return AtomicFile.Read(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : throw NotConfigured("GITHUB_APP_PRIVATE_KEY_FILE: there is no such file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotConfigured($"GITHUB_APP_PRIVATE_KEY_FILE: cannot be read ({e.GetType().Name}). The server's user needs the right to read it.");
        }
    }

    private static GitHubRefusedException NotConfigured(string message) => new("github_not_configured", message);
}
