using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Baseline;

/// <summary>
/// Compares a scan with an earlier one of the same origin, element by element. Of one rule on one page in one viewport, an element of the one scan is
/// paired with an element of the other: first with the same finding and tag, then with the same tag (it moved, or its neighbours changed the selector),
/// then with the same selector (it was edited). What finds no partner is new or fixed.
/// </summary>
internal static class ScanComparer
{
    private const int PagesListed = 20;

    public static ReportComparison Compare(ScanReport now, ScanReport before)
    {
        var scope = new Scope(now, before);
        var (current, left) = Items(now.Findings, scope);
        var (earlier, leftBefore) = Items(before.Findings, scope);
        var byGroup = earlier.GroupBy(i => i.Group).ToDictionary(g => g.Key, g => g.ToList());
        foreach (var group in current.GroupBy(i => i.Group))
        {
            if (byGroup.TryGetValue(group.Key, out var others)) Pair([.. group], others);
        }

        var order = now.Findings.Select((f, i) => (f.FindingId, i)).DistinctBy(p => p.FindingId).ToDictionary(p => p.FindingId, p => p.i, StringComparer.Ordinal);
        var isNew = current.Where(i => !i.Paired).GroupBy(i => i.FindingId).OrderBy(g => order[g.Key]).ToList();
        var gone = earlier.Where(i => !i.Paired).GroupBy(i => i.FindingId).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var stays = current.Where(i => i.Paired).GroupBy(i => i.FindingId).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var stayed = earlier.Where(i => i.Paired).GroupBy(i => i.FindingId).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var @fixed = before.Findings.Where(f => gone.ContainsKey(f.FindingId)).Select(f => Only(f, gone[f.FindingId])).ToList();
        var changed = isNew.Select(g => g.Key).Concat(@fixed.Select(f => f.FindingId)).Distinct();
        return new ReportComparison(
            before.ScanId, before.FinishedAt, [.. isNew.Select(g => g.Key)], @fixed, stays.Count, left.Count + leftBefore.Count, MetricComparer.Compare(now, before))
        {
            PagesCompared = scope.Pages,
            NotComparedIds = left,
            Changes =
            [
                .. changed.Select(id =>
                {
                    var added = isNew.FirstOrDefault(g => g.Key == id)?.ToList() ?? [];
                    var removed = gone.GetValueOrDefault(id) ?? [];
                    return new ReportFindingChange(id, Most(added), Most(removed), Most(stays.GetValueOrDefault(id) ?? stayed.GetValueOrDefault(id) ?? []), [.. added.Concat(removed).Select(i => i.Group.Page).Distinct().Take(PagesListed)]);
                }),
            ],
        };
    }

    /// <summary>A comparison that could not be made; it fails a budget of new findings.</summary>
    public static ReportComparison None(string baselineScanId, string problem) => new(baselineScanId, default, [], [], 0, 0, []) { Problem = problem };

    private static int Most(List<Item> items) => items.Count == 0 ? 0 : items.GroupBy(i => i.Group.Viewport).Max(g => g.Count());

    private static (List<Item> Items, List<string> OutOfScope) Items(IReadOnlyList<Finding> findings, Scope scope)
    {
        var items = new List<Item>();
        var left = new List<string>();
        foreach (var finding in findings)
        {
            var known = items.Count;
            foreach (var place in PlacesOf(finding).Where(p => scope.Covers(finding, p.Url, p.Viewport)))
            {
                var group = (finding.Rule, place.Url, place.Viewport);
                for (var i = 0; i < place.Count; i++)
                {
                    var (what, where) = i < place.Marks.Count ? ElementMark.Split(place.Marks[i]) : ("", "");
                    items.Add(new Item(finding.FindingId, group, what, where));
                }
            }
            if (items.Count == known) left.Add(finding.FindingId);
        }
        return (items, left);
    }

    /// <summary>Reports of the first version tell the first page only.</summary>
    private static IEnumerable<FindingPlace> PlacesOf(Finding finding) =>
        finding.Places.Count > 0 ? finding.Places : finding.Viewports.Select(v => new FindingPlace(finding.PageUrl, v, 1, []));

    private static void Pair(List<Item> current, List<Item> earlier)
    {
        Match(i => (i.FindingId, i.What, i.Where));
        Match(i => (i.FindingId, i.What, ""));
        Match(i => i.What.Length > 0 ? ("", i.What, i.Where) : null);
        Match(i => i.What.Length > 0 ? ("", i.What, "") : null);
        Match(i => i.Where.Length > 0 ? (i.FindingId, "", i.Where) : null);
        // Elements that were only counted, on either side.
        var uncounted = earlier.Where(i => i is { Paired: false, Where: "" }).ToLookup(i => i.FindingId);
        foreach (var item in current.Where(i => !i.Paired))
        {
            var partner = item.Where.Length == 0 ? earlier.Find(e => !e.Paired && e.FindingId == item.FindingId) : uncounted[item.FindingId].FirstOrDefault(e => !e.Paired);
            if (partner is not null) item.Paired = partner.Paired = true;
        }

        void Match(Func<Item, (string, string, string)?> key)
        {
            var waiting = earlier.Where(i => !i.Paired && key(i) is not null).GroupBy(i => key(i)!.Value).ToDictionary(g => g.Key, g => new Queue<Item>(g));
            foreach (var item in current.Where(i => !i.Paired))
            {
                if (key(item) is { } wanted && waiting.TryGetValue(wanted, out var queue) && queue.TryDequeue(out var partner)) item.Paired = partner.Paired = true;
            }
        }
    }

    private static Finding Only(Finding finding, List<Item> gone)
    {
        var places = gone.GroupBy(i => (i.Group.Page, i.Group.Viewport)).Select(g => new FindingPlace(g.Key.Page, g.Key.Viewport, g.Count(), [])).ToList();
        return finding with
        {
            PageUrl = places[0].Url, PageCount = places.Select(p => p.Url).Distinct().Count(), Occurrences = Most(gone), Viewports = [.. places.Select(p => p.Viewport).Distinct().Order(StringComparer.Ordinal)],
            Places = places, PlacesUnlisted = 0,
        };
    }

    private sealed class Item(string findingId, (string Rule, string Page, string Viewport) group, string what, string where)
    {
        public string FindingId { get; } = findingId;
        public (string Rule, string Page, string Viewport) Group { get; } = group;
        public string What { get; } = what;
        public string Where { get; } = where;
        public bool Paired { get; set; }
    }

    /// <summary>What both scans looked at, and how closely.</summary>
    private sealed class Scope
    {
        private readonly Dictionary<(string, string), (ReportPage Now, ReportPage Before)> _pages;
        private readonly bool _links;

        public Scope(ScanReport now, ScanReport before)
        {
            var earlier = before.Pages.GroupBy(p => (p.Url, p.Viewport)).ToDictionary(g => g.Key, g => g.First());
            _pages = now.Pages.Where(p => earlier.ContainsKey((p.Url, p.Viewport))).GroupBy(p => (p.Url, p.Viewport)).ToDictionary(g => g.Key, g => (g.First(), earlier[g.Key]));
            _links = now.Links is not null && before.Links is not null;
        }

        public int Pages => _pages.Count;

        public bool Covers(Finding finding, string url, string viewport)
        {
            if (!_pages.TryGetValue((url, viewport), out var pair)) return false;
            var (now, before) = pair;
            if (finding.Rule.StartsWith("links/", StringComparison.Ordinal)) return _links;
            // A page that fails now and was fine before is news; one that the fence keeps closed says nothing.
            if (finding.Category == FindingCategory.Availability && finding.Rule != "availability/broken-resource") return now.Outcome != PageOutcome.Blocked && before.Outcome != PageOutcome.Blocked;
            if (now.Outcome != PageOutcome.Audited || before.Outcome != PageOutcome.Audited) return false;
            if (PageJudge.NeedsAxe(finding.Rule)) return now.Axe is not null && before.Axe is not null;
            return !finding.Rule.StartsWith("performance/", StringComparison.Ordinal) || (now.Metrics is not null && before.Metrics is not null);
        }
    }
}
