using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OmniAudit.Modules.Receipts;

/// <summary>A key of the log, and the sizes that it signs.</summary>
/// <param name="Since">The first size; 0 for the log's first key.</param>
/// <param name="Until">The last size, which the next key signs too; null for the newest key.</param>
internal sealed record LogKeySpan(VerifierKey Key, ulong Since, ulong? Until)
{
    public bool Covers(ulong size) => Since <= size && (Until is not { } last || size <= last);
}

/// <summary>
/// The keys that a log has had, each one's handover to the next checked. Who trusts one of them trusts all, each for the sizes
/// that were its own: an old key that was stolen after its handover signs nothing that counts above it.
/// </summary>
internal sealed class LogKeys
{
    /// <summary>The most keys that a list may have.</summary>
    public const int Most = 256;
    /// <summary>The longest text of a list, in bytes.</summary>
    public const int LargestText = 4 * 1024 * 1024;

    private LogKeys(IReadOnlyList<LogKeySpan> spans, IReadOnlyList<LogHandover> handovers, VerifierKey anchor) => (Spans, Handovers, Anchor) = (spans, handovers, anchor);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<LogKeySpan> Spans { get; }
    /// <summary>One less than there are keys.</summary>
    public IReadOnlyList<LogHandover> Handovers { get; }
    /// <summary>The key that was trusted to begin with.</summary>
    public VerifierKey Anchor { get; }
    public VerifierKey Newest => Spans[^1].Key;

    public static LogKeys Of(VerifierKey only) => new([new LogKeySpan(only, 0, null)], [], only);

    /// <summary>The first key and every handover after it, in order. The newest key is trusted.</summary>
    /// <exception cref="FormatException">A handover does not hold; the message says which and why.</exception>
    /// <exception cref="PlatformNotSupportedException">This machine cannot check one of the keys.</exception>
    public static LogKeys Verified(VerifierKey first, IReadOnlyList<LogHandover> handovers)
    {
        if (handovers.Count >= Most) throw new FormatException($"A log has at most {Most} keys.");
        var spans = new List<LogKeySpan>();
        var (key, since) = (first, 0UL);
        foreach (var handover in handovers)
        {
            if (handover.Size <= since) throw new FormatException("The handovers are not in order.");
            VerifierKey next;
            try
            {
                next = handover.Check(key);
            }
            catch (FormatException e)
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The handover at size {handover.Size} does not hold: {e.Message}."), e);
            }
            spans.Add(new LogKeySpan(key, since, handover.Size));
            (key, since) = (next, handover.Size);
        }
        spans.Add(new LogKeySpan(key, since, null));
        return new LogKeys(spans, handovers, key);
    }

    /// <summary>What someone knows who trusts <paramref name="anchor"/>: all of these keys when it is one of them, else that key alone.</summary>
    public LogKeys TrustedBy(VerifierKey anchor) => Spans.Any(s => Same(s.Key, anchor)) ? new LogKeys(Spans, Handovers, anchor) : Of(anchor);

    /// <summary>Reads a checkpoint that one of the keys must have signed, for a size that was its own; returns what is wrong, or null.</summary>
    public VerificationResult? OpenCheckpoint(string note, out Checkpoint checkpoint)
    {
        checkpoint = new Checkpoint("", 0, []);
        try
        {
            var signed = SignedNote.Parse(note);
            var good = new List<LogKeySpan>();
            foreach (var span in Spans)
            {
                if (signed.Check(span.Key) is var trust && trust == NoteTrust.BadSignature) return VerificationResult.Invalid("signature_invalid", "The checkpoint's signature is wrong: its text or its signature was changed.");
                if (trust == NoteTrust.Signed) good.Add(span);
            }
            if (good.Count == 0) return Unknown(signed);
            var read = Checkpoint.Parse(signed.Text);
            if (read.Origin != Anchor.Name) return VerificationResult.Invalid("origin_mismatch", $"The key {Anchor.Name} signed a checkpoint of '{read.Origin}'.");
            if (!good.Exists(s => s.Covers(read.Size)))
            {
                return VerificationResult.Invalid("key_retired", $"The checkpoint of size {read.Size} is signed by a key that was this log's for the sizes {Words(good[0])} only: it handed over, and signs nothing else.");
            }
            checkpoint = read;
            return null;
        }
        catch (FormatException e)
        {
            return VerificationResult.Invalid("malformed_checkpoint", $"The checkpoint cannot be read: {e.Message}");
        }
    }

    /// <summary>What a verifier must be told beside the verdict: that another key than the trusted one has signed, and why that is good. Empty when it was that key.</summary>
    public string About(Checkpoint checkpoint)
    {
        if (Spans.First(s => Same(s.Key, Anchor)) is var own && own.Covers(checkpoint.Size)) return "";
        var signer = Spans.Last(s => s.Covers(checkpoint.Size));
        return own.Until is { } until && checkpoint.Size > until
            ? string.Create(CultureInfo.InvariantCulture, $" The log's key changed at size {until}, after the key given: the handover checkpoint verifies, and leads to the key {DsseEnvelope.KeyIdOf(signer.Key)}, which signed.")
            : string.Create(CultureInfo.InvariantCulture, $" It is signed by an earlier key of the log, {DsseEnvelope.KeyIdOf(signer.Key)}, whose sizes were {Words(signer)}; its handover verifies.");
    }

    /// <summary>The list as a file: what <see cref="Parse"/> reads.</summary>
    public string ToJson()
    {
        var keys = new JsonArray();
        for (var i = 0; i < Spans.Count; i++)
        {
            var key = new JsonObject { ["vkey"] = Spans[i].Key.ToString(), ["since"] = Spans[i].Since };
            if (i > 0)
            {
                key["receipt"] = NoteEncoding.Text(Handovers[i - 1].Receipt);
                key["proof"] = Handovers[i - 1].Proof.ToText();
            }
            keys.Add((JsonNode)key);
        }
        return new JsonObject { ["origin"] = Newest.Name, ["keys"] = keys }.ToJsonString(Written) + "\n";
    }

    /// <summary>Reads a list and checks every handover in it. It proves nothing but that its keys belong together.</summary>
    /// <exception cref="FormatException">It is no list, or a handover does not hold.</exception>
    /// <exception cref="PlatformNotSupportedException">This machine cannot check one of the keys.</exception>
    public static LogKeys Parse(string json)
    {
        if (json.Length > LargestText) throw new FormatException("It is longer than a list of keys can be.");
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            var entries = document.RootElement.GetProperty("keys").EnumerateArray().Take(Most + 1).ToList();
            if (entries.Count == 0) throw new FormatException("The list has no key.");
            var handovers = entries.Skip(1).Select(e => new LogHandover(Encoding.UTF8.GetBytes(e.GetProperty("receipt").GetString()!), TlogProof.Parse(e.GetProperty("proof").GetString()!))).ToList();
            var keys = Verified(VerifierKey.Parse(entries[0].GetProperty("vkey").GetString()!), handovers);
            if (entries.Zip(keys.Spans).Any(pair => pair.First.GetProperty("vkey").GetString() != pair.Second.Key.ToString() || pair.First.GetProperty("since").GetUInt64() != pair.Second.Since))
                throw new FormatException("The list names other keys or sizes than its handovers.");
            return keys;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException or NullReferenceException)
        {
            throw new FormatException("It is no list of keys.", e);
        }
    }

    public static bool Same(VerifierKey one, VerifierKey other) => one.ToString() == other.ToString();

    private VerificationResult Unknown(SignedNote note)
    {
        var other = note.Signatures.FirstOrDefault(s => s.Name == Anchor.Name);
        return VerificationResult.Invalid("unknown_key", $"The checkpoint is not signed by the key {Anchor.Name} that it is checked with: it is of another log, or forged."
            + (other is null ? "" : string.Create(CultureInfo.InvariantCulture, $" Its signature says it is by another key of that name ({other.KeyId:x8}). If the log's key was changed, the server's list of keys (log/vkeys) shows it: check again with --keys FILE.")));
    }

    private static string Words(LogKeySpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.Since} to {span.Until}");

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
