using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using OmniAudit.Modules.SiteLint.Fence;
using static OmniAudit.Modules.SiteLint.Findings.Audits.Text;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>
/// The requests of one page as the browser's network service tells them, from before its navigation. Bounded: beyond the first thousand
/// only bytes count, and a page that unpacks more than it may is stopped. The driver's thread writes, the audit reads.
/// </summary>
internal sealed class NetworkWatch
{
    private const int MostRequests = 1_000;
    private const int MostIssues = 200;
    private const int MostHeaderLength = 8_192;

    /// <summary>A few hundred kilobytes of gzip can be a gigabyte of page.</summary>
    internal const long MostDecodedBytes = 128L * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly PageFuse _fuse;
    private readonly string _mainFrame;
    private readonly List<Entry> _all = [];
    private readonly Dictionary<string, List<Entry>> _byId = [];
    private readonly HashSet<string> _inFlight = [];
    private readonly List<InspectorIssue> _issues = [];
    private Entry? _document;
    private long _decoded;
    private long _changed;

    public NetworkWatch(ICDPSession cdp, string mainFrame, PageFuse fuse, TimeProvider time)
    {
        (_mainFrame, _fuse, _time, _changed) = (mainFrame, fuse, time, time.GetTimestamp());
        On(cdp, "Network.requestWillBeSent", Sent);
        On(cdp, "Network.responseReceivedExtraInfo", ExtraHeard);
        On(cdp, "Network.responseReceived", Heard);
        On(cdp, "Network.dataReceived", Received);
        On(cdp, "Network.loadingFinished", e => Ended(e, "", e.GetProperty("encodedDataLength").GetDouble()));
        On(cdp, "Network.loadingFailed", e => Ended(e, Text(e, "errorText"), 0));
        On(cdp, "Audits.issueAdded", Complained);
    }

    public IReadOnlyList<InspectorIssue> Issues { get { lock (_gate) return [.. _issues]; } }

    /// <summary>How long nothing has begun or ended; zero while more than <paramref name="inFlight"/> requests are open.</summary>
    public TimeSpan Silence(int inFlight)
    {
        lock (_gate) return _inFlight.Count > inFlight ? TimeSpan.Zero : _time.GetElapsedTime(_changed);
    }

    /// <summary>The document's own answer, names in lower case, repeats kept; empty when the browser did not tell.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> DocumentHeaders()
    {
        lock (_gate) return _document?.Headers ?? [];
    }

    /// <summary>When the document's first byte was there: the head's end, since the timings beside it know nothing of throttling.</summary>
    /// <param name="timeOrigin">Of the document, Unix ms.</param>
    public double? TimeToFirstByte(double timeOrigin)
    {
        lock (_gate) return _document is { HeadersAt: { } at } document ? Math.Max(0, At(at, document, timeOrigin)) : null;
    }

    /// <summary>In the order they were sent; times count from <paramref name="timeOrigin"/>.</summary>
    public IReadOnlyList<PageRequest> Requests(string pageUrl, double timeOrigin)
    {
        lock (_gate)
        {
            if (_document is not { } document) return [];
            // The redirects that led to the document come with it; what an earlier document loaded does not.
            var first = _all.FindIndex(e => e.Id == document.Id);
            return
            [
                .. _all.Skip(Math.Max(0, first)).Select(e => new PageRequest(
                    e.Url, e.Type, e.Status, e.MimeType, e.Protocol, e.Wire, e.Decoded, e.Blocking, Site.IsThirdParty(e.Url, pageUrl),
                    At(e.SentAt, document, timeOrigin), At(e.EndedAt ?? e.HeadersAt ?? e.SentAt, document, timeOrigin),
                    e.Headers.GroupBy(h => h.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => string.Join(", ", g.Select(h => h.Value)), StringComparer.Ordinal))
                {
                    Initiator = e.Initiator, Priority = e.Priority, Failure = e.Failure,
                }),
            ];
        }
    }

    private static double At(double seconds, Entry document, double timeOrigin) =>
        Math.Round((seconds - document.SentAt) * 1000 + (timeOrigin > 0 ? document.WallTime * 1000 - timeOrigin : 0), 1);

    private void Sent(JsonElement e)
    {
        var (id, at, request) = (Text(e, "requestId"), e.GetProperty("timestamp").GetDouble(), e.GetProperty("request"));
        var url = Text(request, "url");
        if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return;
        lock (_gate)
        {
            _changed = _time.GetTimestamp();
            if (!_byId.TryGetValue(id, out var hops)) _byId[id] = hops = [];
            if (hops is [.., var before] && e.TryGetProperty("redirectResponse", out var redirect))
            {
                Read(before, redirect);
                before.EndedAt = at;
                before.Wire = (long)redirect.GetProperty("encodedDataLength").GetDouble();
            }
            var type = Text(e, "type");
            var entry = new Entry(id, Cut(url, 2_000), type.Length > 0 ? type : "Other", at, e.GetProperty("wallTime").GetDouble())
            {
                Blocking = Text(e, "renderBlockingBehavior") == "Blocking",
                Initiator = e.TryGetProperty("initiator", out var initiator) ? Text(initiator, "type") : "",
                Priority = Text(request, "initialPriority"),
            };
            if (type == "Document" && Text(e, "frameId") == _mainFrame) _document = entry;
            if (type is not ("EventSource" or "WebSocket" or "Ping" or "Preflight")) _inFlight.Add(id);
            if (_all.Count >= MostRequests) return;
            hops.Add(entry);
            _all.Add(entry);
        }
    }

    private void Heard(JsonElement e)
    {
        lock (_gate)
        {
            if (Last(e) is { } entry) Read(entry, e.GetProperty("response"));
        }
    }

    /// <summary>The raw head, cookies included; comes before or after the polished one, once per hop.</summary>
    private void ExtraHeard(JsonElement e)
    {
        lock (_gate)
        {
            if (_byId.GetValueOrDefault(Text(e, "requestId"))?.Find(h => !h.RawHeaders) is not { } entry) return;
            entry.RawHeaders = true;
            entry.Headers = HeadersOf(e.GetProperty("headers"));
        }
    }

    private void Received(JsonElement e)
    {
        var length = e.GetProperty("dataLength").GetInt64();
        lock (_gate)
        {
            if (Last(e) is { } entry) entry.Decoded += length;
            _decoded += length;
        }
        if (Volatile.Read(ref _decoded) > MostDecodedBytes)
        {
            _fuse.Blow(new PageTrip("availability/page-size", "The page unpacks to more than a visitor can load",
                string.Create(CultureInfo.InvariantCulture, $"Its resources unpack to more than {MostDecodedBytes / 1024 / 1024} MB; it was stopped there."), "Look for resources of unbounded length, and for compressed ones that unpack to gigabytes."));
        }
    }

    private void Ended(JsonElement e, string failure, double wire)
    {
        lock (_gate)
        {
            _changed = _time.GetTimestamp();
            _inFlight.Remove(Text(e, "requestId"));
            if (Last(e) is not { } entry) return;
            (entry.EndedAt, entry.Failure) = (e.GetProperty("timestamp").GetDouble(), failure);
            if (wire > 0) entry.Wire = (long)wire;
        }
    }

    private void Complained(JsonElement e)
    {
        var issue = e.GetProperty("issue");
        lock (_gate)
        {
            if (_issues.Count < MostIssues) _issues.Add(new InspectorIssue(Text(issue, "code"), issue.GetProperty("details").Clone()));
        }
    }

    private Entry? Last(JsonElement e) => _byId.GetValueOrDefault(Text(e, "requestId")) is [.., var last] ? last : null;

    private static void Read(Entry entry, JsonElement response)
    {
        entry.Status = response.GetProperty("status").GetInt32();
        entry.MimeType = Cut(Text(response, "mimeType"), 100);
        entry.Protocol = Text(response, "protocol");
        if (response.TryGetProperty("encodedDataLength", out var soFar)) entry.Wire = Math.Max(entry.Wire, (long)soFar.GetDouble());
        if (response.TryGetProperty("timing", out var timing))
            entry.HeadersAt = timing.GetProperty("requestTime").GetDouble() + timing.GetProperty("receiveHeadersEnd").GetDouble() / 1000;
        if (!entry.RawHeaders) entry.Headers = HeadersOf(response.GetProperty("headers"));
    }

    private static List<KeyValuePair<string, string>> HeadersOf(JsonElement headers)
    {
        var list = new List<KeyValuePair<string, string>>();
        foreach (var header in headers.EnumerateObject())
        {
            var name = header.Name.ToLowerInvariant();
            if (name == FilteringProxy.MarkHeader) continue;
            // The protocol joins repeats by line feeds, which no header can hold.
            foreach (var value in (header.Value.GetString() ?? "").Split('\n')) list.Add(new(name, Cut(value, MostHeaderLength)));
            if (list.Count > 200) break;
        }
        return list;
    }

    private static void On(ICDPSession cdp, string name, Action<JsonElement> heard) => cdp.Event(name).OnEvent += (_, e) =>
    {
        try
        {
            if (e is { } data) heard(data);
        }
        catch (Exception failure) when (failure is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Another version of the protocol: one request less in the list, and not the driver's end.
        }
    };

    private static string Text(JsonElement e, string name) => e.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private sealed class Entry(string id, string url, string type, double sentAt, double wallTime)
    {
        public string Id => id;
        public string Url => url;
        public string Type => type;
        /// <summary>Seconds of the browser's own clock.</summary>
        public double SentAt => sentAt;
        public double WallTime => wallTime;
        public double? HeadersAt { get; set; }
        public double? EndedAt { get; set; }
        public int Status { get; set; }
        public string MimeType { get; set; } = "";
        public string Protocol { get; set; } = "";
        public long Wire { get; set; }
        public long Decoded { get; set; }
        public bool Blocking { get; init; }
        public string Initiator { get; init; } = "";
        public string Priority { get; init; } = "";
        public string Failure { get; set; } = "";
        public bool RawHeaders { get; set; }
        public List<KeyValuePair<string, string>> Headers { get; set; } = [];
    }
}
