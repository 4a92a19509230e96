using System.Globalization;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Releases;

/// <summary>What pages say about releases.</summary>
internal static class ReleaseWords
{
    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1024 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.##} GiB"),
    };

    /// <summary>The word of an answer of verify_asset, and what stands behind it.</summary>
    public static (string Verdict, string Text) Verdict(ToolOutcome? outcome)
    {
        if (outcome is not ToolOutcome.Succeeded { Result: var result }) return ("failed", outcome is ToolOutcome.Refused refused ? refused.Message : outcome is ToolOutcome.Failed failed ? failed.Message : "not finished");
        var verdict = result.GetProperty("verdict").GetString()!;
        var sources = result.GetProperty("sources").EnumerateArray().Select(s => (Kind: s.GetProperty("kind").GetString()!, State: s.GetProperty("state").GetString()!)).Where(s => s.State != "absent").ToList();
        var said = string.Join(", ", sources.Select(s => $"{Kind(s.Kind)}: {s.State.Replace('_', ' ')}"));
        return (verdict, verdict == VerifyVerdict.NotListed && said.Length == 0 ? "nothing says what it should be" : said);
    }

    private static string Kind(string kind) => kind switch
    {
        "api_digest" => "GitHub's digest",
        "checksums" => "SHA256SUMS",
        "attestation" => "statement",
        _ => "given hash",
    };
}
