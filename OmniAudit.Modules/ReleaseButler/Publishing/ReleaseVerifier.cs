using System.Globalization;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.ReleaseButler.Checksums;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>The words of a comparison.</summary>
public static class VerifyVerdict
{
    /// <summary>All that is there agrees, and one of them is no part of what the release's writer could have made: the caller's hash, or a statement signed by this server's log.</summary>
    public const string Agree = "agree";
    /// <summary>All that is there agrees, and all of it comes from the release itself: whoever could change the file could change that too.</summary>
    public const string IntegrityOnly = "integrity_only";
    /// <summary>Something says another hash, or a signature of ours is not good.</summary>
    public const string Conflict = "conflict";
    /// <summary>The list that was named does not have the file: nothing was shown.</summary>
    public const string NotListed = "not_listed";
}

/// <summary>What one source says.</summary>
/// <param name="Source"><c>given</c>, <c>api_digest</c>, <c>checksums</c> or <c>attestation</c>.</param>
/// <param name="State"><c>match</c>, <c>mismatch</c>, <c>not_listed</c>, <c>absent</c>, <c>unreadable</c>, <c>signed_by_this_log</c>, <c>identity_not_verified</c> or <c>bad_signature</c>.</param>
internal sealed record VerifySource(string Source, string State, string? Sha256, string? Asset, string? Detail);

internal sealed record VerifyResult(string Verdict, GitHubAsset Asset, string Sha256, long Size, string? Tag, IReadOnlyList<VerifySource> Sources);

/// <summary>Holds an asset's bytes against everything that says what they should be. Streams: memory does not grow with the file.</summary>
internal sealed class ReleaseVerifier(GitHubClient gitHub, ReceiptLog receipts)
{
    public const string Auto = "auto";
    private const string ByAsset = "asset:";
    private const int MostReleases = 500;
    private const long LargestAsset = 2L * 1024 * 1024 * 1024;
    private const int LargestStatement = 4 * 1024 * 1024;
    private const int MostStatements = 20;

    /// <param name="source">64 hex digits, <c>asset:ID</c> of a list of checksums, or <c>auto</c>.</param>
    /// <exception cref="ToolRefusedException">It cannot be looked at; the field is named.</exception>
    public async Task<VerifyResult> VerifyAsync(string repository, long assetId, string source, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        if (source != Auto && !source.StartsWith(ByAsset, StringComparison.Ordinal) && (source.Length != 64 || !source.All(char.IsAsciiHexDigit)))
            throw new ToolRefusedException("invalid_arguments", "checksum_source: must be 64 hex digits, asset:ID of a list of checksums, or auto.", "checksum_source");
        try
        {
            var asset = await gitHub.FindAssetAsync(repository, assetId, cancellationToken)
                ?? throw ToolRefusedException.NotFound("asset_id", assetId.ToString(CultureInfo.InvariantCulture), "releasebutler.list_assets names those there are.");
            if (asset.State != "uploaded") throw new ToolRefusedException("not_ready", $"asset_id: {asset.Name} was never uploaded whole (its state is {asset.State}).", "asset_id");
            var release = (await gitHub.ListReleasesAsync(repository, MostReleases, cancellationToken)).Items.FirstOrDefault(r => r.Assets?.Any(a => a.Id == assetId) == true);
            progress?.Invoke(0.1, $"Reading {asset.Name}");
            await using var bytes = await gitHub.DownloadAssetAsync(repository, assetId, LargestAsset, cancellationToken);
            progress?.Invoke(0.8, "Comparing");

            List<VerifySource> sources = [ApiDigest(asset, bytes)];
            if (source.Length == 64) sources.Add(new VerifySource("given", StreamHash.Same(source, bytes.Sha256) ? "match" : "mismatch", source.ToLowerInvariant(), null, null));
            var lists = source.StartsWith(ByAsset, StringComparison.Ordinal) ? [await NamedListAsync(repository, source, assetId, cancellationToken)]
                : (release?.Assets ?? []).Where(a => a.Id != assetId && a.State == "uploaded" && ChecksumList.IsListName(a.Name ?? "") && MaySpeakOf(a.Name!, asset.Name ?? "")).ToList();
            var listed = new List<VerifySource>();
            foreach (var list in lists) listed.Add(await ListAsync(repository, list, asset.Name ?? "", bytes.Sha256, source != Auto, cancellationToken));
            // Of several lists that were not asked for, one that has the file is enough.
            sources.AddRange(listed.Count == 0 ? [new VerifySource("checksums", "absent", null, null, release is null ? "its release is not among the newest 500" : null)]
                : listed.Exists(l => l.State != "not_listed") ? listed.Where(l => l.State != "not_listed") : listed);
            sources.AddRange(await StatementsAsync(repository, release, asset, bytes.Sha256, cancellationToken));
            return new VerifyResult(VerdictOf(sources, source), asset, bytes.Sha256, bytes.Size, release?.TagName, sources);
        }
        catch (GitHubRefusedException refused)
        {
            throw new ToolRefusedException(refused.Code, refused.Message, refused.Code == "not_found" ? "repo" : null);
        }
    }

    internal static string VerdictOf(IReadOnlyList<VerifySource> sources, string asked)
    {
        if (sources.Any(s => s.State is "mismatch" or "bad_signature")) return VerifyVerdict.Conflict;
        if (asked.StartsWith(ByAsset, StringComparison.Ordinal) && sources.Any(s => s is { Source: "checksums", State: not "match" })) return VerifyVerdict.NotListed;
        if (sources.Any(s => s is { Source: "given", State: "match" } or { State: "signed_by_this_log" })) return VerifyVerdict.Agree;
        // An unverified statement proves nothing, so it does not count here.
        return sources.Any(s => s.State == "match") ? VerifyVerdict.IntegrityOnly : VerifyVerdict.NotListed;
    }

    private static VerifySource ApiDigest(GitHubAsset asset, GitHubDownload bytes) => bytes.Matches(asset.Digest) switch
    {
        true => new("api_digest", "match", bytes.Sha256, null, null),
        false => new("api_digest", "mismatch", asset.Digest!["sha256:".Length..], null, null),
        null => new("api_digest", "absent", null, null, asset.Digest is null ? "GitHub has none for older assets" : $"GitHub gives another kind: {asset.Digest}"),
    };

    /// <summary><c>app.zip.sha256</c> speaks of <c>app.zip</c> only.</summary>
    private static bool MaySpeakOf(string list, string name) => SubjectOf(list) is not { } subject || subject == name;

    private static string? SubjectOf(string list) => new[] { ".sha256", ".sha256sum" }.FirstOrDefault(e => list.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } ending ? list[..^ending.Length] : null;

    private async Task<GitHubAsset> NamedListAsync(string repository, string source, long assetId, CancellationToken cancellationToken)
    {
        if (!long.TryParse(source.AsSpan(ByAsset.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == assetId)
            throw new ToolRefusedException("invalid_arguments", "checksum_source: asset: is followed by the id of another asset, a list of checksums.", "checksum_source");
        return await gitHub.FindAssetAsync(repository, id, cancellationToken) ?? throw ToolRefusedException.NotFound("checksum_source", source, "releasebutler.list_assets names those there are.");
    }

    /// <param name="insists">The caller named this list: what cannot be read is then refused and not passed over.</param>
    private async Task<VerifySource> ListAsync(string repository, GitHubAsset list, string name, string sha256, bool insists, CancellationToken cancellationToken)
    {
        try
        {
            var parsed = ChecksumList.Parse(await ReadAsync(repository, list, ChecksumList.LargestFile, cancellationToken), SubjectOf(list.Name ?? ""));
            var answer = parsed.Of(name);
            var detail = string.Join(' ', parsed.Warnings.Concat(parsed.Faults.Count > 0 ? [$"{parsed.Faults.Count} of its lines are no checksums (the first is line {parsed.Faults[0].Line})."] : []));
            if (answer.Contradicts) return new("checksums", "mismatch", null, list.Name, $"it has two different SHA-256 for {name}. {detail}".Trim());
            if (answer.Sha256 is { } said) return new("checksums", StreamHash.Same(said, sha256) ? "match" : "mismatch", said, list.Name, detail.Length > 0 ? detail : null);
            return new("checksums", "not_listed", null, list.Name, (answer.Others.Count > 0 ? $"it has {string.Join(", ", answer.Others)} for {name}, and no SHA-256. {detail}" : detail) is { Length: > 0 } why ? why.Trim() : null);
        }
        catch (FormatException damaged) when (!insists)
        {
            return new("checksums", "unreadable", null, list.Name, damaged.Message);
        }
        catch (FormatException damaged)
        {
            throw new ToolRefusedException("invalid_arguments", $"checksum_source: {list.Name} is no list of checksums: {damaged.Message}", "checksum_source");
        }
    }

    private async Task<List<VerifySource>> StatementsAsync(string repository, GitHubRelease? release, GitHubAsset asset, string sha256, CancellationToken cancellationToken)
    {
        var found = new List<VerifySource>();
        var keys = await receipts.ReadKeysAsync(cancellationToken);
        foreach (var carrier in (release?.Assets ?? []).Where(a => a.Id != asset.Id && a.State == "uploaded" && IsStatementName(a.Name ?? "")).Take(MostStatements))
        {
            if (carrier.Size > LargestStatement)
            {
                found.Add(new VerifySource("attestation", "unreadable", null, carrier.Name, "it is larger than 4 MiB"));
                continue;
            }
            foreach (var line in System.Text.Encoding.UTF8.GetString(await ReadAsync(repository, carrier, LargestStatement, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(MostStatements))
                if (Judge(System.Text.Encoding.UTF8.GetBytes(line), carrier.Name ?? "", asset.Name ?? "", sha256, keys) is { } judged) found.Add(judged);
        }
        return found.Count == 0 ? [new VerifySource("attestation", "absent", null, null, null)] : found;
    }

    /// <summary>Verifies before it reads, and reads the bytes that were verified. Null when the statement is about other files.</summary>
    private static VerifySource? Judge(byte[] line, string carrier, string name, string sha256, LogKeys? keys)
    {
        DsseEnvelope envelope;
        try
        {
            envelope = DsseEnvelope.Parse(line);
        }
        catch (FormatException)
        {
            return new("attestation", "unreadable", null, carrier, "a line of it is no DSSE envelope");
        }
        if (envelope.PayloadType != DsseEnvelope.InToto) return new("attestation", "unreadable", null, carrier, "it carries no in-toto statement");
        // A release may be older than the log's newest key.
        var known = keys?.Spans.Select(s => s.Key).ToList() ?? [];
        var signer = known.Find(k => envelope.Check(k) == NoteTrust.Signed);
        if (signer is null && known.Exists(k => envelope.Check(k) == NoteTrust.BadSignature)) return new("attestation", "bad_signature", null, carrier, "it names the key of this server's log, and its signature is not good");
        if (InTotoStatement.Read(envelope.Payload) is not var (type, subjects)) return new("attestation", "unreadable", null, carrier, "its payload is no in-toto statement");
        var said = subjects.Where(s => s.Name == name).Select(s => s.Sha256).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (said.Count == 0) return null;
        var agrees = said is [var only] && StreamHash.Same(only, sha256);
        if (signer is not null) return new("attestation", agrees ? "signed_by_this_log" : "mismatch", said[0], carrier, $"{type}, signed by {DsseEnvelope.KeyIdOf(signer)}");
        return new("attestation", agrees ? "identity_not_verified" : "mismatch", said[0], carrier, $"{type}, of a signer whom this server does not know{(agrees ? ", so it is not counted" : "")}");
    }

    private static bool IsStatementName(string name) => new[] { ".intoto.jsonl", ".intoto.json", ".sigstore", ".sigstore.json", ".sigstore.jsonl", ".dsse.json", ".att" }.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    private async Task<byte[]> ReadAsync(string repository, GitHubAsset asset, int most, CancellationToken cancellationToken)
    {
        await using var download = await gitHub.DownloadAssetAsync(repository, asset.Id, most, cancellationToken);
        var bytes = new byte[download.Size];
        await download.Content.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
