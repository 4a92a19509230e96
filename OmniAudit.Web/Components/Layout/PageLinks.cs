using OmniAudit.Modules.ReleaseButler.Notes;

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
    public static string Finding(string scanId, string findingId) => $"{Scan(scanId)}/findings/{Uri.EscapeDataString(findingId)}";
    public static string ScannedPage(string scanId, int number) => $"{Scan(scanId)}/pages/{number}";
    public static string ScanDownload(string scanId, string format) => $"{Scan(scanId)}/report/{format}";
    public static string NewScan(string url, string? baseline = null) => $"/scans/new?url={Uri.EscapeDataString(url)}{(baseline is null ? "" : "&baseline=" + Uri.EscapeDataString(baseline))}";
    public static string ScanObject(string scanId, string reference) => $"/scans/{Uri.EscapeDataString(scanId)}/object?ref={Uri.EscapeDataString(reference)}";
    public static string Notes(string notesId) => "/releases/notes/" + Uri.EscapeDataString(notesId);
    public static string BuildNotes(NotesSummary notes) =>
        $"/releases/notes?repo={Uri.EscapeDataString(notes.Repo)}&tag={Uri.EscapeDataString(notes.To)}{(notes.From is { } from ? "&from=" + Uri.EscapeDataString(from) : "")}&group={notes.Options.GroupBy}{(notes.Options.PrLinks ? "" : "&links=off")}";
    public static string NewRelease(string repo, string notesId, string? tag) => $"/releases/new?repo={Uri.EscapeDataString(repo)}&notes={Uri.EscapeDataString(notesId)}{(tag is null ? "" : "&tag=" + Uri.EscapeDataString(tag))}";
    public static string Triage(string draftId) => "/triage/" + Uri.EscapeDataString(draftId);
    public static string NewTriage(string repo, long number) => $"/triage/new?repo={Uri.EscapeDataString(repo)}&pr={number}";
    public static string Release(string operationId) => "/releases/" + Uri.EscapeDataString(operationId);
    public static string Releases(string? repository) => string.IsNullOrEmpty(repository) ? "/releases" : "/releases?repo=" + Uri.EscapeDataString(repository);
    public static string NewRelease(string? repository) => string.IsNullOrEmpty(repository) ? "/releases/new" : "/releases/new?repo=" + Uri.EscapeDataString(repository);
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
        "nts" => Notes(text),
        "tri" => Triage(text),
        "cal" => Call(text),
        "evd" => Ci.CiLinks.Evidence(text),
        "fns" => Ci.CiLinks.Findings(text),
        _ => "/approvals?state=all&q=" + Uri.EscapeDataString(text),
    };

    /// <summary>A path on this server, or the start page for anything else: a link must not lead away after sign-in.</summary>
    public static string LocalOrStart(string? url) =>
        url is { Length: > 0 } && url[0] == '/' && !url.StartsWith("//", StringComparison.Ordinal) && !url.Contains('\\', StringComparison.Ordinal)
        && !url.Any(char.IsControl) ? url : Start;
}
