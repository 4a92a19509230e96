using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Tests.SiteLint.Scoring;

public sealed class PerformanceScoreTests
{
    /// <summary>Expected values: getLogNormalScore of Lighthouse 13.5.0 (shared/statistics.js), run by itself.</summary>
    [Theory]
    [InlineData(1800, 3000, 558, 0.9999877660545948)]
    [InlineData(1800, 3000, 1800, 0.9)]
    [InlineData(1800, 3000, 2466, 0.6885551928485032)]
    [InlineData(1800, 3000, 5220, 0.08232850179109369)]
    [InlineData(2500, 4000, 775, 0.999996175982478)]
    [InlineData(2500, 4000, 3425, 0.6639114376771245)]
    [InlineData(2500, 4000, 7250, 0.0524467974462261)]
    [InlineData(200, 600, 62, 0.9959485851293045)]
    [InlineData(200, 600, 580, 0.5157728357777418)]
    [InlineData(0.1, 0.25, 0.031, 0.9982475447648522)]
    [InlineData(0.1, 0.25, 0.137, 0.7998955048975399)]
    [InlineData(0.1, 0.25, 0.29, 0.41777667617995967)]
    [InlineData(3387, 5800, 9822.3, 0.10472703922835702)]
    [InlineData(934, 1600, 2708.6, 0.10504308827430336)]
    [InlineData(1200, 2400, 372, 0.9997164623010162)]
    [InlineData(1200, 2400, 3480, 0.24604777642035475)]
    [InlineData(150, 350, 435, 0.37113821066039465)]
    [InlineData(1311, 2300, 3801.9, 0.1259311076637291)]
    [InlineData(1311, 2300, 0, 1)]
    public void LogNormalScore_LighthousesCurves_GivesItsValues(double p10, double median, double value, double expected) =>
        Assert.Equal(expected, new LogNormalScore(p10, median).Of(value), 1e-9);

    [Fact]
    public void PerformanceScore_MetricThatWasNotMeasured_DropsOutWithItsWeight()
    {
        var all = new PageMetrics(1800, 2500, 200, 0.1, 3387, 100);

        Assert.Equal(0.9, PerformanceScore.Of(all, mobile: true)!.Value, 1e-12);
        Assert.Equal(0.9, PerformanceScore.Of(all with { SpeedIndex = null, Lcp = null }, mobile: true)!.Value, 1e-12);
        Assert.True(PerformanceScore.Of(all, mobile: false) < 0.75);
        Assert.Null(PerformanceScore.Of(new PageMetrics(null, null, null, null, null, null), mobile: true));
    }
}
