using System.Text;
using System.Text.Json;

namespace OmniAudit.Modules.Webhooks;

/// <summary>What happened to an approval. Whatever else the approval holds (arguments, target, tokens) has no way in here.</summary>
/// <param name="Type">One of <see cref="WebhookTypes"/>.</param>
/// <param name="State">The approval's state after it.</param>
/// <param name="DecidedByName">Empty when nobody has decided.</param>
internal sealed record WebhookEvent(
    string Type, string ApprovalId, string State, string Tool, string RiskLevel, string RequesterName, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string DecidedByName)
{
    private const int LongestText = 200;

    /// <summary>The payload of the Standard Webhooks specification 1.0.0: type, timestamp, data.</summary>
    /// <param name="at">When it happened.</param>
    /// <param name="publicUrl">Where people reach the console, without a slash at its end.</param>
    public string ToJson(DateTimeOffset at, string publicUrl) => JsonSerializer.Serialize(new
    {
        type = Type,
        timestamp = Rfc3339(at),
        data = new
        {
            approval_id = Bounded(ApprovalId),
            state = Bounded(State),
            tool = Bounded(Tool),
            risk_level = Bounded(RiskLevel),
            requester = Bounded(RequesterName),
            created_at = Rfc3339(CreatedAt),
            expires_at = Rfc3339(ExpiresAt),
            decided_by = DecidedByName.Length == 0 ? null : Bounded(DecidedByName),
            url = $"{publicUrl}/approvals/{Uri.EscapeDataString(Bounded(ApprovalId))}",
        },
    });

    /// <summary>A test: says nothing but that the way is open.</summary>
    public static string TestJson(DateTimeOffset at, string publicUrl) =>
        JsonSerializer.Serialize(new { type = WebhookTypes.Test, timestamp = Rfc3339(at), data = new { url = $"{publicUrl}/webhooks" } });

    /// <summary>One line of at most <paramref name="longest"/> characters; what could not be shown, or would reorder or hide text, is a blank.</summary>
    public static string Bounded(string text, int longest = LongestText)
    {
        var kept = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (kept.Length + rune.Utf16SequenceLength > longest) break;
            kept.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator
                or System.Globalization.UnicodeCategory.ParagraphSeparator ? " " : rune.ToString());
        }
        return kept.ToString();
    }

    internal static string Rfc3339(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
}

/// <summary>An alert over audit events was raised. Who it is about and what happened is not told: whoever wants to know follows the link and signs in.</summary>
/// <param name="Events">How many events it had when it was raised.</param>
internal sealed record WebhookAlert(long AlertId, string Rule, string Severity, long Events, DateTimeOffset FirstAt, DateTimeOffset LastAt)
{
    /// <inheritdoc cref="WebhookEvent.ToJson"/>
    public string ToJson(DateTimeOffset at, string publicUrl) => JsonSerializer.Serialize(new
    {
        type = WebhookTypes.AlertRaised,
        timestamp = WebhookEvent.Rfc3339(at),
        data = new
        {
            alert_id = AlertId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            rule = WebhookEvent.Bounded(Rule),
            severity = WebhookEvent.Bounded(Severity),
            events = Events,
            first_at = WebhookEvent.Rfc3339(FirstAt),
            last_at = WebhookEvent.Rfc3339(LastAt),
            url = $"{publicUrl}/adminops/alerts/{AlertId.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
        },
    });
}

/// <summary>The types of events, as receivers see them.</summary>
internal static class WebhookTypes
{
    public const string Created = "approval.created";
    public const string Vote = "approval.vote";
    public const string Decided = "approval.decided";
    public const string Expired = "approval.expired";
    public const string Cancelled = "approval.cancelled";
    public const string Executed = "approval.executed";
    public const string Failed = "approval.failed";
    public const string Unknown = "approval.unknown";
    public const string AlertRaised = "alert.raised";
    public const string Test = "test.ping";
}
