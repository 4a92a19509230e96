using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Which events. All that is given must hold; within a list one of its values suffices, and none of an Exclude list may.</summary>
public sealed record EventQuery
{
    /// <summary>From this time on.</summary>
    public DateTimeOffset? Start { get; init; }
    /// <summary>Before this time.</summary>
    public DateTimeOffset? End { get; init; }
    /// <summary>Sign-in name, id or display name of who did it; part of a name does too: its words, each from its beginning.</summary>
    public string? Actor { get; init; }
    /// <summary>Words of the record, all of which must be there; "in quotes" they stand together, and <c>word*</c> is how a word begins.</summary>
    public string? Search { get; init; }
    /// <summary>Whom or what it concerns: words that an actor, a target or the record has.</summary>
    public string? Entity { get; init; }
    /// <summary>Any text of three characters or more inside the record; fast with the substring index, else by looking into one event after the other.</summary>
    public string? Contains { get; init; }
    /// <summary>One of <see cref="EventSources"/> each.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];
    /// <summary>Whole names, without regard to case.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];
    /// <inheritdoc cref="Services"/>
    public IReadOnlyList<string> ExcludeServices { get; init; } = [];
    /// <inheritdoc cref="Services"/>
    public IReadOnlyList<string> Operations { get; init; } = [];
    /// <inheritdoc cref="Services"/>
    public IReadOnlyList<string> ExcludeOperations { get; init; } = [];
    /// <summary>Part of the operation's name: its words, each from its beginning.</summary>
    public string? OperationText { get; init; }
    /// <summary>Whole <see cref="EventActor.Key"/>s.</summary>
    public IReadOnlyList<string> Actors { get; init; } = [];
    /// <inheritdoc cref="Actors"/>
    public IReadOnlyList<string> ExcludeActors { get; init; } = [];
    /// <summary>What really came of it.</summary>
    public IReadOnlyList<EventOutcome> Outcomes { get; init; } = [];
    /// <summary>The source's own result field, whole, or an outcome's word.</summary>
    public string? Result { get; init; }
    /// <summary>Addresses.</summary>
    public IReadOnlyList<string> Ips { get; init; } = [];
    /// <summary>What ties records of one act together.</summary>
    public string? CorrelationId { get; init; }
    /// <summary>Tags, all of which the event must have.</summary>
    public IReadOnlyList<string> IncludeTags { get; init; } = [];
    /// <summary>Tags, none of which it may have.</summary>
    public IReadOnlyList<string> ExcludeTags { get; init; } = [];
}

/// <summary>An event in a list.</summary>
/// <param name="Id"><see cref="EventId"/> as text.</param>
public sealed record StoredEvent(string Id, AuditEvent Event, DateTimeOffset IngestedAt, IReadOnlyList<string> Tags);

/// <summary>A page of events, newest first.</summary>
/// <param name="NextCursor">For the next page, with the same query; null when this is the last.</param>
/// <param name="StoppedAt">The page is short because looking into every event takes long: it came as far back as this. Null otherwise.</param>
public sealed record EventPage(IReadOnlyList<StoredEvent> Events, string? NextCursor, DateTimeOffset? StoppedAt = null);

/// <summary>A value and how many events have it.</summary>
public sealed record EventCount(string Value, long Events);

/// <summary>How many events there are.</summary>
/// <param name="Exact">False: at least so many; counting stopped there.</param>
public sealed record EventTotal(long Events, bool Exact);

/// <summary>A span of a histogram.</summary>
public sealed record EventBar(DateTimeOffset From, DateTimeOffset To, long Events, long Failures);

/// <summary>What the events of a query have in common.</summary>
/// <param name="Total">How many there are, and how many all of these counts are about.</param>
/// <param name="More">Facets of which values were left out, each list holding its most frequent only.</param>
public sealed record EventFacets(
    EventTotal Total, IReadOnlyList<EventCount> Services, IReadOnlyList<EventCount> Operations, IReadOnlyList<EventCount> Outcomes, IReadOnlyList<EventCount> Results,
    IReadOnlyList<EventCount> Actors, IReadOnlyList<EventCount> Sources, IReadOnlyList<EventBar> Histogram, IReadOnlyList<string> More);

/// <summary>A comment on an event.</summary>
public sealed record EventComment(string CommentId, string Text, string ByName, DateTimeOffset At);

/// <summary>Values to filter by.</summary>
public sealed record EventOptions(IReadOnlyList<string> Sources, IReadOnlyList<string> Services, IReadOnlyList<string> Operations, IReadOnlyList<string> Results, IReadOnlyList<EventOutcome> Outcomes);
