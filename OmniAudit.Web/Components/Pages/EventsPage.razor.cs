using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Admin;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The Explorer: audit events by filters that are in the address, what they have in common, and one of them beside the list.</summary>
public sealed partial class EventsPage
{
    /// <summary>Values of a facet.</summary>
    private const int MostValues = 50;
    /// <summary>Filters that are tried without when nothing was found.</summary>
    private const int MostLooser = 6;
    /// <summary>While events stream in, counts are read again only so often.</summary>
    private static readonly TimeSpan CountAgain = TimeSpan.FromSeconds(10);

    private const string FiltersKey = "aoc_filters";
    private const string ColumnsKey = "aoc_columns";

    private readonly List<string?> _trail = [];
    private EventFilters _filters = EventFilters.Default;
    private EventQuery _query = new();
    private IReadOnlyList<string> _problems = [];
    private IReadOnlyList<StoredEvent> _rows = [];
    private IReadOnlyList<string> _services = [];
    private IReadOnlyList<EventCount> _tags = [];
    private IReadOnlyList<(string Label, EventFilters Filters, EventTotal Count)> _looser = [];
    private IReadOnlySet<string> _columns = EventTable.DefaultColumns;
    private HashSet<string> _fresh = new(StringComparer.Ordinal);
    private EventFacets? _facets;
    private DateTimeOffset _counted;
    private DateTimeOffset? _stoppedAt;
    private string? _shown, _pagesOf, _next, _refused, _remembered, _brought;
    private int _reading, _waiting;
    private bool _read, _empty, _tail, _inList, _following;

    [Inject] private EventSearch Search { get; set; } = null!;
    [Inject] private EventNotes Notes { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private IJSRuntime Script { get; set; } = null!;

    private string Total => _facets is { } facets ? AuditWords.Total(facets.Total) : _rows.Count == 0 ? "No event" : _next is null && _filters.Cursor is null ? AuditWords.Count(_rows.Count, "event") : "Counting…";

    private string TailText => !_tail ? "" : _inList && _waiting > 0 ? "Paused while you are in the list." : _fresh.Count > 0 ? $"{AuditWords.Count(_fresh.Count, "event")} came in while you watch." : "Waiting for events.";

    /// <summary>Whether somebody is in the list: asked while it is live only, and no handler is there otherwise. (A handler without a method is still called by the browser.)</summary>
    private Dictionary<string, object>? Watching => !_tail ? null : new(StringComparer.Ordinal)
    {
        ["onmouseenter"] = EventCallback.Factory.Create<MouseEventArgs>(this, Enter),
        ["onfocusin"] = EventCallback.Factory.Create<FocusEventArgs>(this, Enter),
        ["onmouseleave"] = EventCallback.Factory.Create<MouseEventArgs>(this, LeaveAsync),
        ["onfocusout"] = EventCallback.Factory.Create<FocusEventArgs>(this, LeaveAsync),
    };

    private static string EverythingLink => new EventFilters { Range = "all" }.Link;

    /// <summary>The page before this one as it was come by; null when the link began here.</summary>
    private EventFilters? Newer => _trail.Count > 1 ? _filters with { Cursor = _trail[^2] } : null;

    protected override bool Concerns(Change change) => change.Topic == Topics.Events;

    /// <summary>For the question panel: opens an event beside the list.</summary>
    private void Open(string eventId) => Navigation.NavigateTo(_filters.Opening(eventId).Link);

    protected override async Task LoadAsync()
    {
        // The browser says what it remembers, so only the live page reads.
        if (!IsLive) return;
        if (!_following)
        {
            _following = true;
            Navigation.LocationChanged += OnLocationChanged;
            _columns = await RecallAsync(ColumnsKey) is { } columns ? columns.Split(',').Where(c => EventTable.Columns.Any(k => k.Id == c)).ToHashSet(StringComparer.Ordinal) : EventTable.DefaultColumns;
            _remembered = await RecallAsync(FiltersKey);
        }
        var query = new Uri(Navigation.Uri).Query;
        if (!EventFilterParser.SaysFilters(query))
        {
            _brought = "";
            var opened = EventFilterParser.Parse(query).Filters.Event;
            Navigation.NavigateTo((_remembered is null ? EventFilters.Default : EventFilterParser.Parse(_remembered).Filters.ToRemember).Opening(opened).Link, replace: true);
            return;
        }
        (_filters, _problems) = EventFilterParser.Parse(query);
        _brought ??= _filters.Opening(null).Link;
        await RememberAsync();
        if (_shown == _filters.Opening(null).Link) await RefreshAsync();
        else await ReadAsync();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        var address = new Uri(e.Location);
        if (address.AbsolutePath != EventFilters.Page) return;
        _ = InvokeAsync(async () =>
        {
            try
            {
                var (filters, _) = EventFilterParser.Parse(address.Query);
                // Only the drawer: the list stays as it is being read.
                if (EventFilterParser.SaysFilters(address.Query) && _shown == filters.Opening(null).Link) await TurnDrawerAsync(filters);
                else await LoadAsync();
                StateHasChanged();
            }
            catch (OperationCanceledException) when (Left.IsCancellationRequested)
            {
                // The page was left while it read.
            }
            catch (Exception failure)
            {
                await DispatchExceptionAsync(failure);
            }
        });
    }

    private async Task TurnDrawerAsync(EventFilters filters)
    {
        var closed = filters.Event is null ? _filters.Event : null;
        _filters = filters;
        if (closed is not null) await CallAsync("omniauditEvents.focusRow", closed);
    }

    /// <summary>Other filters, or another page: everything is read.</summary>
    private async Task ReadAsync()
    {
        var turn = ++_reading;
        var filters = _filters;
        var link = filters.Opening(null).Link;
        var turned = _shown is not null && _pagesOf == filters.Opening(null).Newest.Link;
        if (!turned) _trail.Clear();
        _pagesOf = filters.Opening(null).Newest.Link;
        if (_trail.IndexOf(filters.Cursor) is >= 0 and var at) _trail.RemoveRange(at + 1, _trail.Count - at - 1);
        else _trail.Add(filters.Cursor);
        // Counts are of all pages: turning one changes none.
        var counted = turned && _facets is not null;
        var query = filters.ToQuery(Time.GetUtcNow());
        (_fresh, _waiting, _refused, _looser, _empty) = (new(StringComparer.Ordinal), 0, null, [], false);
        if (!counted) _facets = null;
        try
        {
            var page = await Search.SearchAsync(query, filters.Limit, filters.Cursor, Left);
            if (turn != _reading) return;
            (_rows, _next, _stoppedAt, _query, _shown, _read) = (page.Events, page.NextCursor, page.StoppedAt, query, link, true);
            _empty = _rows.Count == 0 && (await Search.CountAsync(new EventQuery(), Left)).Events == 0;
            StateHasChanged();
            if (counted || _empty) return;
            await CountAsync(turn, query);
            if (_rows.Count == 0 && turn == _reading) await LoosenAsync(turn);
        }
        catch (EventQueryException refused)
        {
            if (turn == _reading) (_rows, _next, _stoppedAt, _facets, _refused, _shown, _read) = ([], null, null, null, refused.Message, link, true);
        }
    }

    private async Task CountAsync(int turn, EventQuery query)
    {
        var facets = await Search.FacetsAsync(query, MostValues, Left);
        if (turn != _reading) return;
        (_facets, _counted) = (facets, Time.GetUtcNow());
        StateHasChanged();
        var services = await Search.ServicesAsync(Left);
        var tags = await Notes.TagsAsync(Left);
        if (turn == _reading) (_services, _tags) = (services, tags);
    }

    /// <summary>Which of the filters, taken away alone, would find something.</summary>
    private async Task LoosenAsync(int turn)
    {
        var looser = new List<(string, EventFilters, EventTotal)>();
        var all = _filters.IsAbsolute || _filters.Range == "all" ? [] : new[] { ("range", "Time", EventFilters.Ranges.First(r => r.Word == _filters.Range).Label, _filters.Newest with { Range = "all" }) };
        foreach (var (_, label, value, without) in _filters.Chosen.Where(c => c.Name != "range").Concat(all).Take(MostLooser * 2))
        {
            var count = await Search.CountAsync(without.ToQuery(Time.GetUtcNow()), Left);
            if (count.Events > 0) looser.Add(($"{label}: {value}", without, count));
        }
        if (turn == _reading) _looser = [.. looser.Take(MostLooser)];
    }

    /// <summary>Events came in, or one was tagged: what is on the page keeps its place, unless the person wants them on top.</summary>
    private async Task RefreshAsync()
    {
        if (_filters.Cursor is not null || _refused is not null) return;
        var turn = _reading;
        var query = _filters.ToQuery(Time.GetUtcNow());
        var page = await Search.SearchAsync(query, _filters.Limit, null, Left);
        if (turn != _reading) return;
        var known = _rows.Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        var news = page.Events.Where(e => !known.Contains(e.Id)).Select(e => e.Id).ToList();
        if (_rows.Count == 0 || (_tail && !_inList))
        {
            if (_rows.Count > 0) _fresh.UnionWith(news);
            (_rows, _next, _query, _waiting, _empty) = (page.Events, page.NextCursor, query, 0, false);
            _fresh.IntersectWith(_rows.Select(r => r.Id));
            if (Time.GetUtcNow() - _counted >= CountAgain) await CountAsync(turn, query);
            return;
        }
        var now = page.Events.ToDictionary(e => e.Id, StringComparer.Ordinal);
        (_rows, _waiting) = ([.. _rows.Select(r => now.GetValueOrDefault(r.Id, r))], news.Count);
    }

    private async Task ShowNewAsync()
    {
        _shown = null;
        await ReadAsync();
    }

    private async Task ToggleTailAsync()
    {
        (_tail, _inList) = (!_tail, false);
        _fresh.Clear();
        if (_tail && _filters.Cursor is not null) Navigation.NavigateTo(_filters.Newest.Link);
        else if (_tail) await ShowNewAsync();
    }

    private void Enter() => _inList = true;

    private async Task LeaveAsync()
    {
        _inList = false;
        if (_waiting > 0) await RefreshAsync();
    }

    private async Task ClearAsync()
    {
        _remembered = EventFilters.Default.QueryString;
        await CallAsync("omniauditEvents.remember", FiltersKey, _remembered);
        Navigation.NavigateTo(EventFilters.Default.Link);
    }

    private async Task ChooseColumnAsync(string column, bool shown)
    {
        _columns = EventTable.Columns.Select(c => c.Id).Where(id => id == column ? shown : _columns.Contains(id)).ToHashSet(StringComparer.Ordinal);
        await CallAsync("omniauditEvents.remember", ColumnsKey, string.Join(',', _columns));
    }

    /// <summary>Keeps what the person chose here. Not what a link of somebody else's brought: that is theirs.</summary>
    private async Task RememberAsync()
    {
        var chosen = _filters.ToRemember.QueryString;
        if (_brought == _filters.Opening(null).Link || chosen == _remembered) return;
        _remembered = chosen;
        await CallAsync("omniauditEvents.remember", FiltersKey, chosen);
    }

    private async Task<string?> RecallAsync(string key)
    {
        try
        {
            return await Script.InvokeAsync<string?>("omniauditEvents.recall", Left, key);
        }
        catch (Exception failure) when (failure is JSException or JSDisconnectedException)
        {
            // A browser that keeps nothing gets what everybody gets at first.
            return null;
        }
    }

    private async Task CallAsync(string function, params object?[] arguments)
    {
        try
        {
            await Script.InvokeVoidAsync(function, Left, arguments);
        }
        catch (Exception failure) when (failure is JSException or JSDisconnectedException)
        {
            // The page was left, or the browser keeps nothing.
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _following) Navigation.LocationChanged -= OnLocationChanged;
        base.Dispose(disposing);
    }
}
