using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Scoring;

/// <summary>
/// How far the screen has come, by colour histograms against the last picture, as WebPageTest and Lighthouse's speedline do it; the speed
/// index is the area above that curve.
/// </summary>
internal static class VisualProgress
{
    private const int White = 249;

    /// <param name="frames">By time, ms since the navigation; those before it count as its beginning.</param>
    /// <returns>One entry per picture that changed something, 0 to 1, the last one 1; empty when there was nothing to see.</returns>
    /// <exception cref="InvalidDataException">A picture cannot be read.</exception>
    public static IReadOnlyList<(double At, double Progress, byte[] Png)> Of(IReadOnlyList<(double At, byte[] Png)> frames)
    {
        var after = frames.Where(f => f.At >= 0).ToList();
        if (after.Count == 0) return [];
        // Nothing is on the screen when a navigation begins; white is not counted.
        var first = new int[3 * 256];
        var histograms = after.ConvertAll(f => Histogram(f.Png));
        var last = histograms[^1];
        var progress = new List<(double, double, byte[])>();
        byte[]? before = null;
        for (var i = 0; i < after.Count; i++)
        {
            if (before is not null && before.AsSpan().SequenceEqual(after[i].Png)) continue;
            before = after[i].Png;
            progress.Add((after[i].At, Share(histograms[i], first, last), before));
        }
        return progress;
    }

    /// <summary>Milliseconds; null when nothing was drawn.</summary>
    public static double? SpeedIndex(IReadOnlyList<(double At, double Progress, byte[] Png)> frames)
    {
        if (frames.Count == 0) return null;
        var (index, at, done) = (0.0, 0.0, 0.0);
        foreach (var frame in frames)
        {
            index += (frame.At - at) * (1 - done);
            (at, done) = (frame.At, frame.Progress);
        }
        return index;
    }

    private static double Share(int[] now, int[] first, int[] last)
    {
        var (match, total) = (0L, 0L);
        for (var i = 0; i < now.Length; i++)
        {
            var wanted = Math.Abs(last[i] - first[i]);
            match += Math.Min(Math.Abs(now[i] - first[i]), wanted);
            total += wanted;
        }
        return total == 0 ? 1 : (double)match / total;
    }

    private static int[] Histogram(byte[] png)
    {
        var counts = new int[3 * 256];
        var pixelBytes = Png.Size(png)?.PixelBytes ?? 4;
        Png.Read(png, int.MaxValue, (_, row) =>
        {
            for (var i = 0; i + 2 < row.Length; i += pixelBytes)
            {
                if (row[i] >= White && row[i + 1] >= White && row[i + 2] >= White) continue;
                counts[row[i]]++;
                counts[256 + row[i + 1]]++;
                counts[512 + row[i + 2]]++;
            }
        });
        return counts;
    }
}
