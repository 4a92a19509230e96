using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>One question, its answer, and what is at fault where the answer is no.</summary>
internal sealed record AuditResult(ReportAudit Audit, IReadOnlyList<Sighting> Sightings)
{
    /// <summary>Elements named per audit and page.</summary>
    public const int MostSightings = 50;
}

/// <summary>A question as Lighthouse asks it: its id, its category and its weight there (Lighthouse 13.5, core/config/default-config.js).</summary>
/// <param name="Weight">0 is for information.</param>
internal sealed record Question(string Id, string Category, string Title, double Weight)
{
    public AuditResult Passed(string value = "") => new(new ReportAudit(Id, Category, Title, 1, Weight, Text.Cut(value, 300)), []);

    /// <summary>It does not apply here, or it could not be judged: it drops out of the score.</summary>
    public AuditResult Skipped(string value = "") => new(new ReportAudit(Id, Category, Title, null, Weight, Text.Cut(value, 300)), []);

    public AuditResult Failed(string value, params IEnumerable<Sighting> sightings) =>
        new(new ReportAudit(Id, Category, Title, 0, Weight, Text.Cut(value, 300)), [.. sightings.Take(AuditResult.MostSightings)]);

    /// <summary>Passed when nothing was found at fault.</summary>
    public AuditResult Of(IReadOnlyList<Sighting> sightings, string one, string many) =>
        sightings.Count == 0 ? Passed() : Failed($"{sightings.Count} {(sightings.Count == 1 ? one : many)}", sightings);
}

internal static class Text
{
    public static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
