using Microsoft.Playwright;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>Listens to one page from before its navigation: errors, failed requests, the document's own answer. Bounded; the driver's thread writes, the audit reads.</summary>
internal sealed class PageWatch
{
    private const int Limit = 20;
    private const int TextLimit = 500;
    private const int MostDialogs = 50;

    private readonly Lock _gate = new();
    private readonly FilteringProxy _fence;
    private readonly IPage _page;
    private readonly List<string> _consoleErrors = [];
    private readonly List<string> _failedRequests = [];
    private IResponse? _document;
    private string _lastTarget = "";
    private bool _crashed;
    private int _dialogs;

    public PageWatch(IPage page, FilteringProxy fence, PageFuse fuse)
    {
        (_page, _fence) = (page, fence);
        page.Console += (_, message) =>
        {
            // The browser's own lines about failed loads come as requests, below.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)) Add(_consoleErrors, message.Text);
        };
        page.PageError += (_, error) => Add(_consoleErrors, error);
        page.Crash += (_, _) => _crashed = true;
        page.Dialog += (_, dialog) =>
        {
            _ = dialog.DismissAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Interlocked.Increment(ref _dialogs) > MostDialogs)
                fuse.Blow(new PageTrip("availability/dialogs", "The page keeps opening dialogs", $"It opened more than {MostDialogs} dialogs one after another; it was stopped there.", "Remove the loop of alert(), confirm() or prompt()."));
        };
        page.Popup += (_, popup) => _ = popup.CloseAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        page.Request += (_, request) => { if (IsDocument(request)) lock (_gate) _lastTarget = request.Url; };
        page.Response += (_, response) => Heard(response);
        page.RequestFailed += (_, request) => Failed(request);
    }

    /// <summary>The latest answer to the page's own navigation, redirects followed.</summary>
    public IResponse? Document { get { lock (_gate) return _document; } }

    public bool Crashed => _crashed;

    public IReadOnlyList<string> ConsoleErrors { get { lock (_gate) return [.. _consoleErrors]; } }

    public IReadOnlyList<string> FailedRequests { get { lock (_gate) return [.. _failedRequests]; } }

    /// <summary>What the fence said about the place where the navigation ended; null when it let it through.</summary>
    public FenceHop? Refusal()
    {
        string target;
        lock (_gate) target = _lastTarget;
        var answeredByFence = Document is { } document && IsFence(document);
        var tunnelRefused = Document is null || Document.Url != target;
        return (answeredByFence || tunnelRefused) && WebTarget.TryParse(target, out var parsed, out _) ? _fence.Ledger.LastRefusal(parsed.Host, parsed.Port) : null;
    }

    /// <summary>The site's own failure, as opposed to a target that policy keeps closed.</summary>
    public static bool IsOutage(string code) => code is "unreachable" or "host_unresolved";

    private void Heard(IResponse response)
    {
        if (IsDocument(response.Request))
        {
            // A redirect is an answer too, but not the document's.
            if (response.Status is < 300 or >= 400 || !response.Headers.ContainsKey("location")) lock (_gate) _document = response;
            return;
        }
        if (response.Status < 400) return;
        if (!IsFence(response)) Add(_failedRequests, $"{response.Status} {response.Url}");
        else if (WebTarget.TryParse(response.Url, out var target, out _) && _fence.Ledger.LastRefusal(target.Host, target.Port) is { } hop && IsOutage(hop.Code))
            Add(_failedRequests, $"{hop.Code} {response.Url}");
    }

    private void Failed(IRequest request)
    {
        if (IsDocument(request) || request.Failure is null or "net::ERR_ABORTED") return;
        var refusal = WebTarget.TryParse(request.Url, out var target, out _) ? _fence.Ledger.LastRefusal(target.Host, target.Port) : null;
        if (refusal is null || IsOutage(refusal.Code)) Add(_failedRequests, $"{request.Failure} {request.Url}");
    }

    private bool IsDocument(IRequest request)
    {
        try
        {
            return request.IsNavigationRequest && request.Frame == _page.MainFrame;
        }
        catch (PlaywrightException)
        {
            // The frame of a worker's request, or of a navigation that is not there yet, cannot be asked for.
            return false;
        }
    }

    private bool IsFence(IResponse response) =>
        response.Headers.TryGetValue(FilteringProxy.MarkHeader, out var mark) && mark.StartsWith(_fence.Mark, StringComparison.Ordinal);

    private void Add(List<string> list, string text)
    {
        lock (_gate)
        {
            if (list.Count < Limit) list.Add(text.Length > TextLimit ? text[..TextLimit] : text);
        }
    }
}
