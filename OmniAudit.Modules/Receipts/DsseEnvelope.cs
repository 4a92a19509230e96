using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OmniAudit.Modules.Receipts;

/// <summary>One signature of an envelope. The key id is a hint that nobody signed.</summary>
internal sealed record DsseSignature(string KeyId, byte[] Bytes);

/// <summary>
/// A signed statement (github.com/secure-systems-lab/dsse). Parse <see cref="Payload"/> only after a signature was found good, and these bytes and
/// no others. What is signed begins with <c>DSSEv1 </c> and has blanks in its first line, so no checkpoint of the log can be taken for one.
/// </summary>
internal sealed record DsseEnvelope(string PayloadType, byte[] Payload, IReadOnlyList<DsseSignature> Signatures)
{
    public const string InToto = "application/vnd.in-toto+json";
    private const int MostSignatures = 64;

    /// <summary>The bytes that are signed: lengths are of bytes.</summary>
    public static byte[] Pae(string payloadType, byte[] payload)
    {
        var type = Encoding.UTF8.GetBytes(payloadType);
        return [.. Encoding.ASCII.GetBytes($"DSSEv1 {type.Length} "), .. type, .. Encoding.ASCII.GetBytes($" {payload.Length} "), .. payload];
    }

    /// <summary>The vkey's name and id: what the key is called in checkpoints too. What follows them is base64, which may hold a plus of its own.</summary>
    public static string KeyIdOf(VerifierKey key) => key.ToString()[..(key.Name.Length + "+01234567".Length)];

    public static DsseEnvelope Sign(string payloadType, byte[] payload, LogKey key) =>
        new(payloadType, payload, [new DsseSignature(KeyIdOf(key.Verifier), key.Sign(Pae(payloadType, payload)))]);

    /// <summary>The envelope's JSON, on one line.</summary>
    public byte[] ToJson() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["payloadType"] = PayloadType,
        ["payload"] = Convert.ToBase64String(Payload),
        ["signatures"] = new JsonArray([.. Signatures.Select(s => new JsonObject { ["keyid"] = s.KeyId, ["sig"] = Convert.ToBase64String(s.Bytes) })]),
    }.ToJsonString());

    /// <summary>Reads an envelope, or the one inside a Sigstore bundle (<c>dsseEnvelope</c>). Both alphabets of base64 are taken.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static DsseEnvelope Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("dsseEnvelope", out var inner)) root = inner;
            if (root.ValueKind != JsonValueKind.Object) throw new FormatException("An envelope is a JSON object.");
            var signatures = root.GetProperty("signatures").EnumerateArray().Take(MostSignatures).Select(s => new DsseSignature(
                s.TryGetProperty("keyid", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : "", Base64(s.GetProperty("sig").GetString()!))).ToList();
            return new DsseEnvelope(root.GetProperty("payloadType").GetString()!, Base64(root.GetProperty("payload").GetString()!), signatures);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            throw new FormatException("It is no DSSE envelope.", e);
        }
    }

    /// <summary>What a key says of it. A signature that names this key and is not good is worse than none.</summary>
    public NoteTrust Check(VerifierKey key)
    {
        var signed = Pae(PayloadType, Payload);
        // Ids are hints: every signature is tried.
        if (Signatures.Any(s => key.Verify(signed, s.Bytes))) return NoteTrust.Signed;
        return Signatures.Any(s => s.KeyId == KeyIdOf(key)) ? NoteTrust.BadSignature : NoteTrust.UnknownKey;
    }

    private static byte[] Base64(string text) => Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
}
