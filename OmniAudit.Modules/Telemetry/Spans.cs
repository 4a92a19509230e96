using System.Diagnostics;

namespace OmniAudit.Modules.Telemetry;

/// <summary>
/// The product's own spans. Their names and attributes are catalogued names, closed words and numbers: nothing that a caller, a site or another
/// system sent. While nobody listens every start gives null and costs a look at a field.
/// </summary>
internal static class Spans
{
    /// <summary>The source's name, for whoever listens.</summary>
    public const string SourceName = "OmniAudit";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>A span under the current one, or a first one where there is none. Dispose ends it.</summary>
    public static Activity? Start(string name, ActivityKind kind = ActivityKind.Internal) => Source.HasListeners() ? Source.StartActivity(name, kind) : null;

    /// <summary>A span only where one is under way already: what happens in the background all the time makes no traces of its own.</summary>
    public static Activity? StartWithin(string name, ActivityKind kind = ActivityKind.Internal) => Activity.Current is null ? null : Start(name, kind);

    /// <summary>A trace of its own for what was asked for earlier, linked to the span that asked.</summary>
    /// <param name="askedBy">What <see cref="Here"/> gave then; null or anything unreadable gives no link.</param>
    public static Activity? StartLater(string name, string? askedBy)
    {
        if (!Source.HasListeners()) return null;
        // Whatever is current is a scheduler's business.
        Activity.Current = null;
        ActivityLink[] links = ActivityContext.TryParse(askedBy, null, isRemote: true, out var context) ? [new ActivityLink(context)] : [];
        return Source.StartActivity(name, ActivityKind.Consumer, parentContext: default, tags: null, links);
    }

    /// <summary>The current span as a W3C traceparent, to be kept with work that is done later; null while nobody listens.</summary>
    public static string? Here => Source.HasListeners() && Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current.Id : null;

    /// <summary>Ends a span as failed, with a closed word for why. An exception's message is never an attribute: it may repeat what was sent.</summary>
    public static void Failed(this Activity? span, string type)
    {
        if (span is null) return;
        span.SetTag("error.type", type);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
