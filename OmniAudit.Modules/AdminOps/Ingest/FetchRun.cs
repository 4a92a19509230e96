using System.Globalization;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>What one run is to read, and how far it is.</summary>
/// <param name="Hours">How far back, by a person's wish; null for what the watermark and reconciling say.</param>
/// <param name="Now">When it began: nothing past it is read.</param>
/// <param name="Report">Stores progress, 0 to 1, and words.</param>
internal sealed record FetchRun(SourceLease Lease, int? Hours, bool Reconcile, bool Resumed, DateTimeOffset Now, Func<double, string, Task> Report)
{
    private int _windows, _done;

    public int Read { get; private set; }
    public int Stored { get; private set; }
    public int Duplicates { get; private set; }
    public int Refused { get; private set; }

    public void Plan(int windows) => _windows += windows;

    public void Count(IntakeCounts counts) =>
        (Read, Stored, Duplicates, Refused) = (Read + counts.Read, Stored + counts.Stored, Duplicates + counts.Duplicates, Refused + counts.Refused);

    public Task WindowDoneAsync(string feed, DateTimeOffset to)
    {
        _done++;
        return Report(Math.Min(0.99, (double)_done / Math.Max(1, _windows)), string.Create(CultureInfo.InvariantCulture, $"{feed}: to {to.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {Read} read, {Stored} new"));
    }

    /// <summary>For the job's result: counts that <see cref="EventFetch.CountsOf"/> reads back.</summary>
    public string Result() => string.Create(CultureInfo.InvariantCulture, $"read={Read};stored={Stored};duplicates={Duplicates};refused={Refused}");
}

/// <summary>A window of time of a feed.</summary>
internal sealed record FetchWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>A span in windows of at most this length, to the second: Microsoft's filters know nothing shorter.</summary>
    public static List<FetchWindow> Slice(DateTimeOffset from, DateTimeOffset to, TimeSpan length)
    {
        var windows = new List<FetchWindow>();
        for (var at = Second(from); at < Second(to);)
        {
            var end = at + length < Second(to) ? at + length : Second(to);
            windows.Add(new FetchWindow(at, end));
            at = end;
        }
        return windows;
    }

    private static DateTimeOffset Second(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
