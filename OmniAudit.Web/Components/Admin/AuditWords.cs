using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.Admin;

/// <summary>How audit events are said in the console.</summary>
public static class AuditWords
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The outcome of a <see cref="EventOutcomes.Word"/>; unknown for any other.</summary>
    public static EventOutcome OutcomeOf(string word) => Enum.GetValues<EventOutcome>().FirstOrDefault(o => o.Word().Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Green is what was done, and nothing else.</summary>
    public static (string Tone, string Icon) Look(EventOutcome outcome) => outcome switch
    {
        EventOutcome.Success => ("good", "check"),
        EventOutcome.Failure => ("bad", "cross"),
        EventOutcome.Partial => ("warn", "alert"),
        _ => ("warn", "question"),
    };

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString(at.Second == 0 ? "yyyy-MM-dd HH:mm 'UTC'" : "yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Count(long count, string what) => count == 1 ? $"1 {what}" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}s");

    /// <summary>How many events there are, as far as it is known.</summary>
    public static string Total(EventTotal total) => total.Exact ? Count(total.Events, "event") : "more than " + Count(total.Events, "event");

    /// <summary>The names of what it was done to, the first ones.</summary>
    public static string Targets(AuditEvent e, int most = 2) =>
        e.Targets.Count == 0 ? "" : string.Join(", ", e.Targets.Select(t => t.Name).Where(n => n.Length > 0).Take(most)) + (e.Targets.Count > most ? $" and {e.Targets.Count - most} more" : "");

    /// <summary>JSON with line ends and blanks for reading; any other text as it is.</summary>
    public static string Pretty(string text)
    {
        if (text.Length == 0 || text.AsSpan().TrimStart() is not ['{' or '[', ..]) return text;
        try
        {
            using var json = JsonDocument.Parse(text);
            return JsonSerializer.Serialize(json.RootElement, Indented);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    public static string EventPage(string eventId) => $"{EventFilters.Page}/events/{Uri.EscapeDataString(eventId)}";
}
