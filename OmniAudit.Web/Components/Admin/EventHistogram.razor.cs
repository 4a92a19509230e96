using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.Admin;

/// <summary>How many events there were when, and how many of them failed. One bar is reached by Tab, the others by arrow keys (js/explorer.js).</summary>
public sealed partial class EventHistogram
{
    [Parameter, EditorRequired] public IReadOnlyList<EventBar> Bars { get; set; } = [];
    [Parameter, EditorRequired] public EventFilters Filters { get; set; } = EventFilters.Default;

    private long Most => Math.Max(1, Bars.Max(b => b.Events));

    private string Span => (Bars[0].To - Bars[0].From) switch
    {
        { TotalDays: >= 1 } days => AuditWords.Count((long)Math.Round(days.TotalDays), "day"),
        { TotalHours: >= 1 } hours => AuditWords.Count((long)Math.Round(hours.TotalHours), "hour"),
        var minutes => AuditWords.Count(Math.Max(1, (long)Math.Round(minutes.TotalMinutes)), "minute"),
    };

    private string Percent(long events) => events == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(3, 100.0 * events / Most):0.#}%");

    private static string Share(EventBar bar) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(8, 100.0 * bar.Failures / bar.Events):0.#}%");

    private static string Said(EventBar bar) => $"{AuditWords.Moment(bar.From)} to {AuditWords.Moment(bar.To)}: {AuditWords.Count(bar.Events, "event")}, {bar.Failures.ToString("N0", CultureInfo.InvariantCulture)} failed";
}
