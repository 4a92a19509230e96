namespace OmniAudit.Web.Components.Layout;

/// <summary>Where things are shown.</summary>
internal static class PageLinks
{
    public const string Start = "/ui";

    public static string Approval(string approvalId) => "/approvals/" + Uri.EscapeDataString(approvalId);
    public static string Receipt(string receiptId) => "/receipts/" + Uri.EscapeDataString(receiptId);
    public static string Tool(string name) => "/tools/" + Uri.EscapeDataString(name);
    public static string Job(string jobId) => "/jobs/" + Uri.EscapeDataString(jobId);
    public static string Scan(string scanId) => "/scans/" + Uri.EscapeDataString(scanId);
    public static string ScanObject(string scanId, string reference) => $"/scans/{Uri.EscapeDataString(scanId)}/object?ref={Uri.EscapeDataString(reference)}";
    public static string CallsOf(string subject) => "/audit?actor=" + Uri.EscapeDataString(subject);
    public static string RequestsOf(string agentName) => "/approvals?state=all&q=" + Uri.EscapeDataString(agentName);
    public static string Connect(string agentName) => "/connect?agent=" + Uri.EscapeDataString(agentName);
    public static string Person(string operatorId) => "/people/" + Uri.EscapeDataString(operatorId);
    public static string Call(string text) => "/audit?q=" + Uri.EscapeDataString(text);

    /// <summary>The page of an id that was pasted whole; otherwise a search over all requests.</summary>
    public static string Find(string text) => text.Split('_')[0] switch
    {
        "apr" => Approval(text),
        "rcp" => Receipt(text),
        "job" => Job(text),
        "scn" => Scan(text),
        "cal" => Call(text),
        _ => "/approvals?state=all&q=" + Uri.EscapeDataString(text),
    };

    /// <summary>A path on this server, or the start page for anything else: a link must not lead away after sign-in.</summary>
    public static string LocalOrStart(string? url) =>
        url is { Length: > 0 } && url[0] == '/' && !url.StartsWith("//", StringComparison.Ordinal) && !url.Contains('\\', StringComparison.Ordinal)
        && !url.Any(char.IsControl) ? url : Start;
}
