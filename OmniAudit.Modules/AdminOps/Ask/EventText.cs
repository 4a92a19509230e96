using System.Globalization;
using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>What events say, as Markdown that stays text: names and values come from outside.</summary>
internal static class EventText
{
    private const int Longest = 160;
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create("<>[]()!*|\\&~`");

    /// <summary>A name or value as a piece of Markdown: as it stands when there is nothing in it that Markdown knows, else as code, in which nothing counts.</summary>
    public static string Plain(string text)
    {
        var visible = VisibleText.Of(text.Trim()).Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' ');
        if (visible.Length > Longest) visible = visible[..Longest] + "…";
        if (visible.Length == 0) return "(nothing)";
        var needsCode = visible.AsSpan().ContainsAny(Special) || visible.Contains("://", StringComparison.Ordinal) || visible.Contains("www.", StringComparison.OrdinalIgnoreCase)
            || visible.Contains("__", StringComparison.Ordinal) || visible[0] is '#' or '-' or '+' or '=' or '_' || visible[^1] == '_';
        return needsCode ? $"`{visible.Replace('`', '\'')}`" : visible;
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Number(EventTotal total) => total.Exact ? Number(total.Events) : $"at least {Number(total.Events)}";

    /// <summary>Its end, as the rest of a sentence.</summary>
    public static string Ended(EventOutcome outcome) => outcome switch
    {
        EventOutcome.Success => "it succeeded",
        EventOutcome.Failure => "it failed",
        EventOutcome.Partial => "it was done in part",
        _ => "the record does not say what came of it",
    };

    /// <summary>Who, with the sign-in name when that says more.</summary>
    public static string Who(EventActor actor)
    {
        if (actor.Name.Length == 0) return "nobody who is named";
        var name = Plain(actor.Name);
        return actor.Upn is { Length: > 0 } upn && upn != actor.Name ? $"{name} ({Plain(upn)})" : name;
    }

    /// <summary>One line of a list.</summary>
    public static string Line(StoredEvent stored)
    {
        var e = stored.Event;
        var line = new StringBuilder($"- {Time(e.Time)}: {Plain(e.Actor.Name.Length > 0 ? e.Actor.Name : "nobody named")}, {Plain(e.OperationNorm)}");
        if (e.Targets.Count > 0) line.Append(", ").Append(Plain(e.Targets[0].Name));
        if (e.Targets.Count > 1) line.Append(CultureInfo.InvariantCulture, $" and {e.Targets.Count - 1} more");
        return line.Append(e.Outcome switch { EventOutcome.Failure => ", failed", EventOutcome.Partial => ", in part", EventOutcome.Unknown => ", outcome unknown", _ => "" }).Append($" [{stored.Id}]").ToString();
    }
}
