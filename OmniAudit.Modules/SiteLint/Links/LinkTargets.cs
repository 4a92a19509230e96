using OmniAudit.Modules.SiteLint.Crawl;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Links;

/// <summary>The union of all pages' links: every target once, in the order of first sight, with the pages that point there. Mail, telephone and script links are none.</summary>
internal sealed class LinkTargets
{
    private readonly Dictionary<string, WebTarget> _targets = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<(string Url, string Fragment)> _fragments = [];
    private readonly Dictionary<string, List<string>> _pages = new(StringComparer.Ordinal);

    private LinkTargets() { }

    /// <summary>Without fragments, in canonical spelling.</summary>
    public IEnumerable<(string Url, WebTarget Target)> Addresses => _order.Select(url => (url, _targets[url]));

    /// <summary>Places within pages that links point at; not the ones that scripts read (<c>#/route</c>, <c>#!</c>) nor those that every page has.</summary>
    public IReadOnlyList<(string Url, string Fragment)> Fragments => _fragments;

    /// <param name="address">A target, with its fragment where that is meant.</param>
    public IReadOnlyList<string> PagesOf(string address) => _pages.GetValueOrDefault(address) ?? [];

    public static LinkTargets Of(IReadOnlyList<(string Page, IReadOnlyList<string> Links)> pages)
    {
        var result = new LinkTargets();
        foreach (var (page, links) in pages)
        {
            foreach (var link in links)
            {
                if (!WebTarget.TryParse(link, out var target, out _)) continue;
                if (PageAddress.IsUnsafe(target.PathAndQuery)) continue;
                if (result._targets.TryAdd(target.Url, target)) result._order.Add(target.Url);
                result.Note(target.Url, page);
                if (FragmentOf(link) is { } fragment && result.Note($"{target.Url}#{fragment}", page)) result._fragments.Add((target.Url, fragment));
            }
        }
        return result;
    }

    /// <returns>Whether the address is new.</returns>
    private bool Note(string address, string page)
    {
        var isNew = !_pages.TryGetValue(address, out var pages);
        if (isNew) _pages[address] = pages = [];
        if (!pages!.Contains(page)) pages.Add(page);
        return isNew;
    }

    private static string? FragmentOf(string link)
    {
        var hash = link.IndexOf('#', StringComparison.Ordinal);
        if (hash < 0 || hash == link.Length - 1) return null;
        var fragment = Uri.UnescapeDataString(link[(hash + 1)..]);
        return fragment.Length > 200 || fragment.Equals("top", StringComparison.OrdinalIgnoreCase) || fragment.IndexOfAny(['/', '!', '=', '~', '?', '&']) >= 0 ? null : fragment;
    }
}
