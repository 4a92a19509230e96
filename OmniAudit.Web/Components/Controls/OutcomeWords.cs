using System.Text.Json;
using OmniAudit.Modules.Approvals;

namespace OmniAudit.Web.Components.Controls;

/// <summary>What became of a request, in words.</summary>
internal static class OutcomeWords
{
    public static string Title(ApprovalDetail detail) => detail.Summary.State switch
    {
        ApprovalState.Approved when detail.Summary.Held is not null => "Approved, not run yet",
        ApprovalState.Approved or ApprovalState.Executing => "Approved, running now",
        ApprovalState.Executed => "Done",
        ApprovalState.Failed when detail.ResultJson is not null => "Begun, and not finished",
        ApprovalState.Failed => "It could not be done",
        ApprovalState.Unknown => "Outcome unknown",
        ApprovalState.Denied => "Denied",
        ApprovalState.Expired => "Expired",
        _ => "Withdrawn",
    };

    public static string Text(ApprovalDetail detail)
    {
        var (summary, by) = (detail.Summary, IsSelfConfirmed(detail) ? $"confirmed by {detail.Summary.DecidedByName}, without any person" : $"approved by {detail.Summary.DecidedByName}");
        return summary.State switch
        {
            ApprovalState.Approved when summary.Held is not null => $"{Capital(by)}. Nothing has run.",
            ApprovalState.Approved or ApprovalState.Executing => $"{Capital(by)}. This page shows the end as soon as it is known.",
            ApprovalState.Executed when detail.SettlementReceiptId is not null => $"Ran once, {by}. Nobody saw its end at first; {summary.ClosedByName} settled that it happened.",
            ApprovalState.Executed => $"Ran once, {by}.",
            ApprovalState.Failed when detail.SettlementReceiptId is not null => $"{Capital(by)}. Nobody saw its end; {summary.ClosedByName} settled that it did not happen.",
            ApprovalState.Failed when detail.ResultJson is not null => $"{Capital(by)} and begun. What is there so far is said below; asked for again it goes on from there.",
            ApprovalState.Failed => $"{Capital(by)}, tried once; nothing was changed.",
            ApprovalState.Unknown => $"{Capital(by)} and begun, but nobody saw the end. It will not run again by itself: look at the target.",
            ApprovalState.Denied => $"Denied by {summary.DecidedByName}. Nothing ran.",
            ApprovalState.Expired when summary.DecidedAt is not null => $"{Capital(by)}, but it could not begin in time. Nothing ran; the agent can ask again.",
            ApprovalState.Expired => "Nobody decided in time. Nothing ran; the agent can ask again.",
            _ => $"Withdrawn by {(summary.ClosedByName.Length > 0 ? summary.ClosedByName : "its requester")}. Nothing ran.",
        };
    }

    /// <summary>True when the caller's own word was the decision: no person looked at it.</summary>
    public static bool IsSelfConfirmed(ApprovalDetail detail) =>
        detail.Rule.Mode == FrozenRule.Self && detail.Summary.DecidedByName.EndsWith("(its own confirmation)", StringComparison.Ordinal);

    /// <summary>Where a result can be seen in the world: its https addresses.</summary>
    public static IEnumerable<(string Name, string Url)> Links(string? result)
    {
        if (result is null) return [];
        using var json = JsonDocument.Parse(result);
        if (json.RootElement.ValueKind != JsonValueKind.Object) return [];
        return [.. json.RootElement.EnumerateObject()
            .Where(p => (p.Name == "url" || p.Name.EndsWith("_url", StringComparison.Ordinal)) && p.Value.ValueKind == JsonValueKind.String)
            .Select(p => (Name: p.Name == "url" ? "Open it" : $"Open the {p.Name[..^4].Replace('_', ' ')}", Url: p.Value.GetString()!))
            .Where(l => Uri.TryCreate(l.Url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps)];
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
