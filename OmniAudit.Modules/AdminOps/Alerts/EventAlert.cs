namespace OmniAudit.Modules.AdminOps.Alerts;

/// <summary>How far people are with an alert.</summary>
public static class AlertStates
{
    /// <summary>Nobody has taken it up.</summary>
    public const string Open = "open";
    /// <summary>Somebody looks into it.</summary>
    public const string Acknowledged = "acknowledged";
    /// <summary>Done with.</summary>
    public const string Closed = "closed";
    /// <summary>Only for lists: what is suppressed, whatever its state.</summary>
    public const string Suppressed = "suppressed";

    /// <summary>Those that an alert can be in.</summary>
    public static IReadOnlyList<string> All { get; } = [Open, Acknowledged, Closed];
}

/// <summary>A name and a value that keep alerts of a rule apart.</summary>
public sealed record AlertGroupValue(string Name, string Value);

/// <summary>What a rule found about one group in one slot of the clock.</summary>
/// <param name="AlertId">A number as text; grows.</param>
/// <param name="RuleName">As it was when the alert was raised.</param>
/// <param name="Severity">s1 (worst) to s4.</param>
/// <param name="Fingerprint">The same for every alert of this rule and these values.</param>
/// <param name="State">One of <see cref="AlertStates.All"/>.</param>
/// <param name="SuppressedWhy">Why it is not shown among the others; null when it is.</param>
/// <param name="SnoozedUntil">It comes back then; null when it is not snoozed, or is suppressed for good.</param>
/// <param name="SlotFrom">Events of this time on …</param>
/// <param name="Events">How many.</param>
/// <param name="FirstEventId">The earliest by the event's time.</param>
/// <param name="HandledByName">Who acknowledged or closed it last; null when nobody.</param>
public sealed record EventAlert(
    string AlertId, string RuleId, string RuleName, string Severity, string Fingerprint, IReadOnlyList<AlertGroupValue> Group, string State, string? SuppressedWhy, DateTimeOffset? SnoozedUntil,
    DateTimeOffset SlotFrom, long Events, string FirstEventId, DateTimeOffset FirstAt, string LastEventId, DateTimeOffset LastAt, DateTimeOffset RaisedAt, DateTimeOffset ChangedAt, string? HandledByName);

/// <summary>A step of an alert's history.</summary>
/// <param name="ByName">Empty for what the rules did.</param>
public sealed record AlertChange(long ChangeId, DateTimeOffset At, string ByName, string What, string Reason);

/// <summary>An alert with its history, oldest first, and the ids of its events, newest first.</summary>
/// <param name="EventIds">At most <see cref="EventAlerts.MostEvents"/>.</param>
public sealed record EventAlertDetail(EventAlert Alert, IReadOnlyList<AlertChange> History, IReadOnlyList<string> EventIds);

/// <summary>Which alerts. All that is given must hold.</summary>
/// <param name="State">One of <see cref="AlertStates"/>; null: open and acknowledged, not suppressed; <c>all</c>: every one.</param>
/// <param name="Text">Part of the rule's name or of a group's value.</param>
/// <param name="EventId">Alerts that this event is in.</param>
public sealed record AlertQuery(string? State = null, string? Severity = null, string? RuleId = null, string? Text = null, string? EventId = null);

/// <summary>A page of alerts, newest first.</summary>
/// <param name="NextCursor">For the next page; null when this is the last.</param>
public sealed record AlertPage(IReadOnlyList<EventAlert> Alerts, string? NextCursor);

/// <summary>How many alerts wait, by severity; suppressed and closed ones are not counted.</summary>
public sealed record AlertCounts(int S1, int S2, int S3, int S4, int Suppressed)
{
    /// <summary>All that wait.</summary>
    public int Waiting => S1 + S2 + S3 + S4;
}
