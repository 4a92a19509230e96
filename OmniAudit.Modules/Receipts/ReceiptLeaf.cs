using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Receipts;

/// <summary>What a receipt is to say. All hashes are lower-case hex SHA-256.</summary>
internal sealed record ReceiptEntry
{
    /// <summary>The approval's id; receipts of one operation form a chain.</summary>
    public required string OperationId { get; init; }
    /// <summary>One of <see cref="ReceiptKind"/>.</summary>
    public required string Kind { get; init; }
    public required string Tool { get; init; }
    /// <summary>What the write touches, for people: a repository, a path. May be empty.</summary>
    public required string Target { get; init; }
    /// <summary>Of the exact canonical arguments that run.</summary>
    public required string PayloadSha256 { get; init; }
    /// <summary>Of the rules in force when the request was made.</summary>
    public required string PolicySha256 { get; init; }
    /// <summary>The requester's stable subject.</summary>
    public required string Requester { get; init; }
    public required string Decision { get; init; }
    /// <summary>The decider's stable subject; empty when nobody decided (expired).</summary>
    public required string DecidedBy { get; init; }
    /// <summary>The approval's state after this step.</summary>
    public required string State { get; init; }
    /// <summary>Of the result's reference; null when there is no result.</summary>
    public string? ResultRefSha256 { get; init; }
}

/// <summary>
/// The content of one leaf: an entry, its place in the operation's chain, and its time. Written as RFC 8785 canonical
/// JSON with exactly the members below, always all of them: what is absent is null (<c>prev_receipt_sha256</c> of an
/// operation's first receipt, <c>result_ref_sha256</c> without a result), and an unnamed decider is the empty string.
/// <c>v</c> is the integer 1; <c>t</c> is RFC 3339 in UTC with three decimals; there are no other numbers.
/// </summary>
internal sealed record ReceiptLeaf(ReceiptEntry Entry, string? PreviousSha256, DateTimeOffset Time)
{
    private const int Version = 1;
    private const int MemberCount = 14;
    /// <summary>The length of an entry in a tile is 16 bits (C2SP tlog-tiles).</summary>
    private const int LargestEntry = ushort.MaxValue;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="ArgumentException">The kind is unknown or a hash is not one.</exception>
    /// <exception cref="FormatException">A text is not valid Unicode.</exception>
    public byte[] ToBytes()
    {
        if (!ReceiptKind.All.Contains(Entry.Kind)) throw new ArgumentException($"'{Entry.Kind}' is not a kind of receipt.");
        if (Entry.OperationId.Length == 0) throw new ArgumentException("A receipt belongs to an operation.");
        foreach (var hash in new[] { Entry.PayloadSha256, Entry.PolicySha256, Entry.ResultRefSha256, PreviousSha256 })
        {
            if (hash is not null && !IsHash(hash)) throw new ArgumentException($"'{hash}' is not a lower-case hex SHA-256.");
        }
        var json = new JsonObject
        {
            ["v"] = Version,
            ["type"] = Entry.Kind,
            ["op"] = Text(Entry.OperationId),
            ["tool"] = Text(Entry.Tool),
            ["target"] = Text(Entry.Target),
            ["payload_sha256"] = Entry.PayloadSha256,
            ["policy_sha256"] = Entry.PolicySha256,
            ["requester"] = Text(Entry.Requester),
            ["decision"] = Text(Entry.Decision),
            ["decided_by"] = Text(Entry.DecidedBy),
            ["prev_receipt_sha256"] = PreviousSha256,
            ["state"] = Text(Entry.State),
            ["result_ref_sha256"] = Entry.ResultRefSha256,
            ["t"] = Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture),
        };
        var bytes = CanonicalJson.Write(JsonSerializer.SerializeToElement(json));
        return bytes.Length <= LargestEntry ? bytes : throw new ArgumentException($"A receipt has at most {LargestEntry} bytes, this one has {bytes.Length}.");
    }

    /// <exception cref="FormatException">The bytes are not a receipt of this version.</exception>
    public static ReceiptLeaf Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes.ToArray(), Strict);
            var json = document.RootElement;
            if (json.EnumerateObject().Count() != MemberCount) throw new FormatException($"A receipt has {MemberCount} members.");
            if (json.GetProperty("v").GetInt32() != Version) throw new FormatException("The receipt's version is not 1.");
            var entry = new ReceiptEntry
            {
                OperationId = Required(json, "op"),
                Kind = Required(json, "type"),
                Tool = Required(json, "tool"),
                Target = Required(json, "target"),
                PayloadSha256 = Required(json, "payload_sha256"),
                PolicySha256 = Required(json, "policy_sha256"),
                Requester = Required(json, "requester"),
                Decision = Required(json, "decision"),
                DecidedBy = Required(json, "decided_by"),
                State = Required(json, "state"),
                ResultRefSha256 = json.GetProperty("result_ref_sha256").GetString(),
            };
            var time = DateTimeOffset.ParseExact(Required(json, "t"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            return new ReceiptLeaf(entry, json.GetProperty("prev_receipt_sha256").GetString(), time);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException("The receipt does not have the members of version 1.", e);
        }
    }

    /// <summary>The bytes' JSON object in canonical form, whatever its members; null if they are not one JSON object.</summary>
    public static byte[]? Canonical(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes.ToArray(), Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? CanonicalJson.Write(document.RootElement) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Required(JsonElement json, string name) =>
        json.GetProperty(name).GetString() ?? throw new FormatException($"The receipt's {name} is null.");

    /// <summary>The JSON writer would replace half a surrogate pair silently; a receipt must say what was said, or fail.</summary>
    private static string Text(string value)
    {
        _ = NoteEncoding.Bytes(value);
        return value;
    }

    private static bool IsHash(string text) => text.Length == 64 && text.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
