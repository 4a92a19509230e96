using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint;

/// <summary>What one scan measured in one viewport, for curves over time: medians over its audited pages. Written with the report, in the same commit.</summary>
internal sealed class ScanTrendRow : IEntityTypeConfiguration<ScanTrendRow>
{
    public string ScanId { get; set; } = "";
    public string Viewport { get; set; } = "";
    /// <summary>The origin.</summary>
    public string Site { get; set; } = "";
    public string? ScheduleId { get; set; }
    public DateTimeOffset FinishedAt { get; set; }
    public double? Performance { get; set; }
    public double? Accessibility { get; set; }
    public double? BestPractices { get; set; }
    public double? Seo { get; set; }
    public double? Fcp { get; set; }
    public double? Lcp { get; set; }
    public double? Tbt { get; set; }
    public double? Cls { get; set; }
    public double? SpeedIndex { get; set; }
    public double? Ttfb { get; set; }
    public double? WireBytes { get; set; }

    public static IEnumerable<ScanTrendRow> Of(ScanReport report, string? scheduleId) =>
        from page in report.Pages
        where page.Outcome == PageOutcome.Audited
        group page by page.Viewport into pages
        select new ScanTrendRow
        {
            ScanId = report.ScanId, Viewport = pages.Key, Site = ReportFinisher.OriginOf(report.Url), ScheduleId = scheduleId, FinishedAt = report.FinishedAt,
            Performance = Median(pages.Select(p => p.Scores?.Performance)), Accessibility = Median(pages.Select(p => p.Scores?.Accessibility)),
            BestPractices = Median(pages.Select(p => p.Scores?.BestPractices)), Seo = Median(pages.Select(p => p.Scores?.Seo)),
            Fcp = Median(pages.Select(p => p.Metrics?.Values.Fcp)), Lcp = Median(pages.Select(p => p.Metrics?.Values.Lcp)), Tbt = Median(pages.Select(p => p.Metrics?.Values.Tbt)),
            Cls = Median(pages.Select(p => p.Metrics?.Values.Cls)), SpeedIndex = Median(pages.Select(p => p.Metrics?.Values.SpeedIndex)), Ttfb = Median(pages.Select(p => p.Metrics?.Values.Ttfb)),
            WireBytes = Median(pages.Select(p => (double?)p.Weight?.WireBytes)),
        };

    public static ScanTrendPoint Point(ScanTrendRow t, ScanRow s) => new(
        t.ScanId, t.Viewport, t.FinishedAt, t.Performance, t.Accessibility, t.BestPractices, t.Seo, t.Fcp, t.Lcp, t.Tbt, t.Cls, t.SpeedIndex, t.Ttfb, t.WireBytes,
        s.Pages, s.S1, s.S2, s.S3, s.S4, s.NewFindings, s.FixedFindings, s.Verdict);

    /// <summary>Of what was measured; the mean of the two in the middle; null when nothing was.</summary>
    internal static double? Median(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().Order().ToList();
        return known.Count == 0 ? null : (known[(known.Count - 1) / 2] + known[known.Count / 2]) / 2;
    }

    public void Configure(EntityTypeBuilder<ScanTrendRow> builder)
    {
        builder.ToTable("scan_trend").HasKey(t => new { t.ScanId, t.Viewport });
        builder.Property(t => t.ScanId).HasMaxLength(40);
        builder.Property(t => t.Viewport).HasMaxLength(40);
        builder.Property(t => t.ScheduleId).HasMaxLength(40);
        builder.HasIndex(t => new { t.Site, t.ScanId });
        builder.HasIndex(t => new { t.ScheduleId, t.ScanId });
    }
}

/// <summary>One scan in one viewport on a curve. Scores are 0 to 1, times milliseconds, all medians over the pages; null where nothing was measured. Counts are of the whole scan.</summary>
public sealed record ScanTrendPoint(
    string ScanId, string Viewport, DateTimeOffset FinishedAt, double? Performance, double? Accessibility, double? BestPractices, double? Seo,
    double? Fcp, double? Lcp, double? Tbt, double? Cls, double? SpeedIndex, double? Ttfb, double? WireBytes,
    int Pages, int S1, int S2, int S3, int S4, int? NewFindings, int? FixedFindings, string? Verdict);
