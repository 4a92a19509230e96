using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.Admin;

/// <summary>The filters above the events. What is applied goes into the address.</summary>
public sealed partial class EventFilterForm
{
    private const string Fixed = "fixed";
    private const string Several = "several";
    private const string WordsHint = "all of them; \"in quotes\" together; begin*";

    private List<Choice> _services = [], _outcomes = [];
    private string? _search, _actor, _operation, _result, _target, _ip, _correlation, _tags, _notTags, _contains, _start, _end;
    private string _range = EventFilters.DefaultRange, _source = "";
    private int _limit = EventFilters.DefaultLimit;
    private bool _more, _startWrong, _endWrong;
    private (string Link, int Services)? _read;

    [Parameter, EditorRequired] public EventFilters Filters { get; set; } = EventFilters.Default;

    /// <summary>Every service that has had events, whatever the filters.</summary>
    [Parameter] public IReadOnlyList<string> Services { get; set; } = [];
    [Parameter] public IReadOnlyList<EventCount> Tags { get; set; } = [];
    [Parameter, EditorRequired] public EventCallback<EventFilters> Changed { get; set; }
    [Parameter, EditorRequired] public EventCallback Clear { get; set; }

    protected override void OnParametersSet()
    {
        var now = (Filters.Opening(null).Link, Services.Count);
        // What is being typed stays: only other filters, or services that were read meanwhile, fill the form again.
        if (_read == now) return;
        var link = _read?.Link;
        _read = now;
        _services = [.. Services.Concat(Filters.NotServices).Concat(Filters.Services).Where(s => s.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase).Select(name => new Choice(
            name, Filters.Services.Count > 0 ? Has(Filters.Services, name) && !Has(Filters.NotServices, name) : !Has(Filters.NotServices, name)))];
        if (link == now.Link) return;
        _outcomes = [.. new[] { EventOutcome.Success, EventOutcome.Failure, EventOutcome.Partial, EventOutcome.Unknown }.Select(o => new Choice(o.Word(), Filters.Outcomes.Count == 0 || Filters.Outcomes.Contains(o)))];
        (_search, _actor, _operation, _result, _target, _correlation, _contains) = (Filters.Search, Filters.Actor, Filters.OperationText, Filters.Result, Filters.Target, Filters.Correlation, Filters.Contains);
        (_ip, _tags, _notTags, _limit) = (Joined(Filters.Ips), Joined(Filters.Tags), Joined(Filters.NotTags), Filters.Limit);
        _range = Filters.IsAbsolute ? Fixed : Filters.Range;
        (_start, _end, _startWrong, _endWrong) = (Local(Filters.Start), Local(Filters.End), false, false);
        _source = Filters.Sources.Count switch { 0 => "", 1 => Filters.Sources[0], _ => Several };
        _more |= Filters.Chosen.Any(c => c.Name is "outcome" or "source" or "result" or "target" or "ip" or "correlation" or "tag" or "not_tag" or "contains");
    }

    private async Task Apply()
    {
        var (start, end) = _range == Fixed ? (TimeOf(_start, out _startWrong), TimeOf(_end, out _endWrong)) : (null, null);
        if (_range == Fixed && (_startWrong || _endWrong)) return;
        _endWrong = start >= end;
        if (_endWrong) return;
        // All of an allow-list's own services that are not shown any more; else what is left out.
        var hidden = _services.Where(s => !s.Shown).Select(s => s.Name).ToList();
        var shown = _services.Where(s => s.Shown).Select(s => s.Name).ToList();
        var listed = Filters.Services.Count > 0 && shown.TrueForAll(s => Has(Filters.Services, s)) && shown.Count > 0;
        var outcomes = _outcomes.Where(o => o.Shown).Select(o => AuditWords.OutcomeOf(o.Name)).Order().ToList();
        await Changed.InvokeAsync(Filters.Newest with
        {
            Search = Clean(_search),
            Actor = Clean(_actor),
            OperationText = Clean(_operation),
            Result = Clean(_result),
            Target = Clean(_target),
            Correlation = Clean(_correlation),
            Contains = Clean(_contains),
            Range = _range == Fixed ? EventFilters.DefaultRange : _range,
            Start = start,
            End = end,
            Services = listed ? shown : [],
            NotServices = listed ? Filters.NotServices : hidden,
            Outcomes = outcomes.Count == _outcomes.Count ? [] : outcomes,
            Sources = _source switch { "" => [], Several => Filters.Sources, var one => [one] },
            Ips = Split(_ip),
            Tags = Split(_tags),
            NotTags = Split(_notTags),
            Limit = _limit,
        });
    }

    private static DateTimeOffset? TimeOf(string? text, out bool wrong)
    {
        wrong = false;
        if (string.IsNullOrWhiteSpace(text)) return null;
        wrong = !EventFilterParser.TryTime(text, out var time);
        return wrong ? null : time;
    }

    private static string? Local(DateTimeOffset? time) => time is { } at ? EventFilterParser.Time(at).TrimEnd('Z') : null;

    private static bool Has(IReadOnlyList<string> values, string value) => values.Contains(value, StringComparer.OrdinalIgnoreCase);

    private static string Clean(string? text) => text?.Trim() ?? "";

    private static string Joined(IReadOnlyList<string> values) => string.Join(", ", values);

    private static IReadOnlyList<string> Split(string? text) => [.. (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase)];

    private sealed class Choice(string name, bool shown)
    {
        public string Name { get; } = name;
        public bool Shown { get; set; } = shown;
    }
}
