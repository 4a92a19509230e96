using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Tests.SiteLint.Scoring;

public sealed class LoadMetricsTests
{
    [Fact]
    public void Tbt_LongTasks_CountBeyondFiftyMillisecondsFromTheFirstPaintOn()
    {
        // Before the paint; across it (120 of its 150 ms after); short; long.
        (double, double)[] tasks = [(100, 200), (970, 150), (1_200, 50), (1_400, 350)];

        Assert.Equal(70 + 300, LoadMetrics.Tbt(tasks, fcp: 1_000));
        Assert.Equal(0, LoadMetrics.Tbt([(960, 80)], fcp: 1_000));
    }

    [Theory]
    [InlineData(0.3, 0, 0.1, 500, 0.2)] // one window
    [InlineData(0.2, 0, 0.1, 1_000, 0.2)] // a second apart: two windows, the worse one counts
    public void Cls_TwoShifts_AreOneWindowWhenLessThanASecondApart(double expected, double firstAt, double first, double secondAt, double second) =>
        Assert.Equal(expected, LoadMetrics.Cls([new(firstAt, first, []), new(secondAt, second, [])]), 1e-9);

    [Fact]
    public void Cls_ShiftsWithoutAPause_AreCutAfterFiveSeconds() =>
        Assert.Equal(0.6, LoadMetrics.Cls([.. Enumerable.Range(0, 10).Select(i => new LayoutShift(i * 900, 0.1, []))]), 1e-9);

    [Fact]
    public void Phases_ImageAndText_AddUpToTheMetric()
    {
        var image = new PageRequest("http://a/i.png", "Image", 200, "image/png", "h2", 1, 1, false, false, 700, 1_500, new Dictionary<string, string>());

        Assert.Equal(new LcpPhases(600, 100, 800, 500), LoadMetrics.Phases(2_000, 600, image));
        Assert.Equal(new LcpPhases(600, 0, 0, 1_400), LoadMetrics.Phases(2_000, 600, null));
        // A request that ended after the paint it made possible (its last bytes drew nothing).
        Assert.Equal(new LcpPhases(600, 100, 300, 0), LoadMetrics.Phases(1_000, 600, image));
    }

    [Fact]
    public void MedianRun_FiveRuns_IsTheOneInTheMiddleAndSpreadTellsTheRange()
    {
        PageMetrics[] runs = [Run(1_000, 900), Run(1_010, 100), Run(1_005, 120), Run(2_500, 130), Run(1_200, 110)];

        Assert.Equal(2, LoadMetrics.MedianRun(runs));
        Assert.Equal(1_500, LoadMetrics.Spread(runs)["lcp"]);
        Assert.Equal(800, LoadMetrics.Spread(runs)["tbt"]);
        Assert.Empty(LoadMetrics.Spread(runs[..1]));

        static PageMetrics Run(double lcp, double tbt) => new(500, lcp, tbt, 0, null, 100);
    }

    [Fact]
    public void SpeedIndex_ScreenThatComesInTwoSteps_IsTheAreaAboveTheCurve()
    {
        // Black stands for what is drawn; white is an empty screen.
        var frames = VisualProgress.Of([(-20, Picture(0)), (500, Picture(0)), (1_000, Picture(50)), (1_200, Picture(50)), (2_000, Picture(100))]);

        Assert.Equal([(500, 0), (1_000, 0.5), (2_000, 1)], frames.Select(f => (f.At, f.Progress)));
        Assert.Equal(1_000 + 500, VisualProgress.SpeedIndex(frames));
        Assert.Null(VisualProgress.SpeedIndex(VisualProgress.Of([(-20, Picture(0))])));
    }

    [Fact]
    public void Png_WrittenAndRead_HasTheSamePixels()
    {
        var pixels = new byte[7 * 5 * 4];
        new Random(1).NextBytes(pixels);
        var read = new List<byte>();

        var png = Png.Write(7, 5, 4, pixels);
        Png.Read(png, int.MaxValue, (_, row) => read.AddRange(row));

        Assert.Equal((7, 5, 4), Png.Size(png));
        Assert.Equal(pixels, read);
        Assert.Throws<InvalidDataException>(() => Png.Read(png[..40], int.MaxValue, (_, _) => { }));
        Assert.Throws<InvalidDataException>(() => Png.Read("GIF89a"u8.ToArray(), int.MaxValue, (_, _) => { }));
    }

    /// <summary>Ten by ten, so many percent of it black.</summary>
    private static byte[] Picture(int percent) => Png.Write(10, 10, 3, [.. Enumerable.Range(0, 300).Select(i => (byte)(i / 3 < percent ? 0 : 255))]);
}
