using System.Text.Json;

namespace OmniAudit.Modules.Receipts;

/// <summary>A file that a statement speaks of.</summary>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record AttestedSubject(string Name, string Sha256);

/// <summary>An in-toto statement, as far as it is read here.</summary>
/// <param name="Subjects">Those with a name and a SHA-256.</param>
internal sealed record InTotoStatement(string PredicateType, IReadOnlyList<AttestedSubject> Subjects)
{
    public const string Type = "https://in-toto.io/Statement/v1";

    /// <summary>Null when it is none. Call it with bytes whose signature was looked at.</summary>
    public static InTotoStatement? Read(byte[] statement)
    {
        try
        {
            using var document = JsonDocument.Parse(statement, new JsonDocumentOptions { MaxDepth = 64 });
            var root = document.RootElement;
            if (root.GetProperty("_type").GetString() is not (Type or "https://in-toto.io/Statement/v0.1")) return null;
            var subjects = root.GetProperty("subject").EnumerateArray()
                .Where(s => s.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && s.TryGetProperty("digest", out var digest) && digest.TryGetProperty("sha256", out var hash) && hash.ValueKind == JsonValueKind.String)
                .Select(s => new AttestedSubject(s.GetProperty("name").GetString()!, s.GetProperty("digest").GetProperty("sha256").GetString()!)).ToList();
            return new InTotoStatement(root.GetProperty("predicateType").GetString() ?? "", subjects);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
