using System.Collections.Concurrent;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.SiteLint;

/// <summary>One page in one viewport of a scan that runs.</summary>
/// <param name="Outcome">One of <see cref="Reports.PageOutcome"/>; null while it is looked at.</param>
/// <param name="Faults">Sightings on this page, before they are folded into findings.</param>
public sealed record PageProgress(string Url, string Viewport, string? Outcome, int Faults);

/// <summary>What the scans that run in this process have looked at so far, told to open pages at once. Forgotten when they end: then the report says it.</summary>
public sealed class ScanProgress
{
    private readonly ConcurrentDictionary<string, List<PageProgress>> _scans = new(StringComparer.Ordinal);

    private readonly ChangeFeed _changes;

    internal ScanProgress(ChangeFeed changes) => _changes = changes;

    /// <summary>In the order in which they were begun; empty for a scan that does not run here.</summary>
    public IReadOnlyList<PageProgress> Of(string scanId)
    {
        if (!_scans.TryGetValue(scanId, out var pages)) return [];
        lock (pages) return [.. pages];
    }

    internal void Began(string scanId, string url, string viewport)
    {
        var pages = _scans.GetOrAdd(scanId, _ => []);
        lock (pages) pages.Add(new PageProgress(url, viewport, null, 0));
        Tell(scanId);
    }

    internal void Ended(string scanId, string url, string viewport, string outcome, int faults)
    {
        if (!_scans.TryGetValue(scanId, out var pages)) return;
        lock (pages)
        {
            var index = pages.FindLastIndex(p => p.Url == url && p.Viewport == viewport);
            if (index >= 0) pages[index] = new PageProgress(url, viewport, outcome, faults);
        }
        Tell(scanId);
    }

    internal void Forget(string scanId) => _scans.TryRemove(scanId, out _);

    /// <summary>A scan and its job share what follows the prefix.</summary>
    private void Tell(string scanId) => _changes.Publish(Topics.Jobs, "job" + scanId[scanId.IndexOf('_', StringComparison.Ordinal)..]);
}
