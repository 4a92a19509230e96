using Microsoft.AspNetCore.Components;
using OmniAudit.Web.Components.Admin;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One event on a page of its own, to link to.</summary>
public sealed partial class EventPermalinkPage
{
    /// <summary>Its values are looked for among all events: it may be older than any range, and of a quiet service.</summary>
    private static readonly EventFilters All = new() { Range = "all" };

    private string? _name;

    [Parameter] public string EventId { get; set; } = "";
}
