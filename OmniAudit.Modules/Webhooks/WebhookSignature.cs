using System.Security.Cryptography;
using System.Text;

namespace OmniAudit.Modules.Webhooks;

/// <summary>The symmetric signature of the Standard Webhooks specification 1.0.0 ("Signature scheme").</summary>
internal static class WebhookSignature
{
    /// <summary>The HMAC key of WEBHOOK_SECRET: what follows <c>whsec_</c> decoded from base64, or else the text's UTF-8 bytes.</summary>
    public static byte[] KeyOf(string secret)
    {
        if (!secret.StartsWith("whsec_", StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(secret);
        var text = secret["whsec_".Length..];
        return Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
    }

    /// <summary>The value of <c>webhook-signature</c>: <c>v1,</c> and the base64 HMAC-SHA256 of <c>id.timestamp.body</c>.</summary>
    /// <param name="timestamp">Of the attempt, in Unix seconds.</param>
    public static string Sign(byte[] key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
