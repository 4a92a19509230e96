using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using Microsoft.JSInterop;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Ci;

namespace OmniAudit.Web.Components.Pages;

/// <summary>A stored log: any part of it, whatever its size, with its colours and errors.</summary>
public sealed partial class LogPage
{
    /// <summary>As in app.css; the browser's scroll bar counts on it.</summary>
    private const int LineHeight = 20;
    /// <summary>Browsers do not scroll over more than about 33 million pixels.</summary>
    private const int PartLines = 1_000_000;
    private const int BlockLines = 1_000;
    private const int MostBlocks = 30;
    private const int MostMatches = 200;
    private const int LongestMatch = 300;

    private readonly Dictionary<long, IReadOnlyList<LogViewLine>> _blocks = [];
    private readonly Queue<long> _order = new();
    private Virtualize<LogViewLine>? _lines;
    private LogOutline? _outline;
    private LogMatches? _found;
    private string? _name, _shown, _searched;
    private string _text = "";
    private bool _loaded, _regex, _scroll;
    private long _at;
    private int _part;

    [Inject] private EvidenceQueries Stored { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private IJSRuntime Script { get; set; } = null!;

    [Parameter] public string EvidenceId { get; set; } = "";
    [SupplyParameterFromQuery(Name = "file")] public string? File { get; set; }
    [SupplyParameterFromQuery(Name = "line")] public long? Line { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Query { get; set; }
    [SupplyParameterFromQuery(Name = "regex")] public bool? Regex { get; set; }

    private int Parts => _outline is null ? 0 : (int)((_outline.Lines + PartLines - 1) / PartLines);

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        // Read once, by the live page: a large log takes a while.
        if (!IsLive || string.IsNullOrEmpty(File))
        {
            _loaded = IsLive;
            return;
        }
        if (_shown != $"{EvidenceId}/{File}")
        {
            (_shown, _outline, _loaded) = ($"{EvidenceId}/{File}", null, false);
            _blocks.Clear();
            _order.Clear();
            _name = (await Stored.GetAsync(EvidenceId, Left))?.Evidence is { } evidence ? evidence.Name == "*" ? $"all {evidence.Kind}" : evidence.Name : null;
            _outline = _name is null ? null : await Stored.OutlineAsync(EvidenceId, File, Left);
            _loaded = true;
        }
        if (_outline is null) return;
        (_text, _regex) = (Query ?? "", Regex == true);
        var searched = $"{_shown}|{Query}|{_regex}";
        if (_searched != searched)
        {
            _searched = searched;
            _found = string.IsNullOrEmpty(Query) ? null : await Stored.SearchLogAsync(EvidenceId, File, Query, _regex, Left);
        }
        var at = Math.Clamp(Line ?? (_found?.Lines.Count > 0 ? _found.Lines[0].Number : 0), 0, _outline.Lines);
        if (at == _at && at > 0) return;
        GoTo(at);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_scroll || _lines is null) return;
        _scroll = false;
        try
        {
            // Some lines above it stay in sight.
            await Script.InvokeVoidAsync("omniauditScroll", Left, "log", (_at - 1 - (long)_part * PartLines - 5) * LineHeight);
        }
        catch (JSDisconnectedException)
        {
            // The page was left.
        }
    }

    private void GoTo(long line)
    {
        _at = line;
        _part = (int)((Math.Max(1, line) - 1) / PartLines);
        _scroll = line > 0;
    }

    private Task StepAsync(IReadOnlyList<long> lines, int by)
    {
        var next = by > 0 ? lines.FirstOrDefault(l => l > _at, lines[0]) : lines.LastOrDefault(l => l < _at, lines[^1]);
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("line", next), replace: true);
        return Task.CompletedTask;
    }

    private void Search() => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(
        new Dictionary<string, object?> { ["q"] = string.IsNullOrEmpty(_text) ? null : _text, ["regex"] = _regex ? true : null, ["line"] = null }));

    private async ValueTask<ItemsProviderResult<LogViewLine>> LinesAsync(ItemsProviderRequest request)
    {
        var first = (long)_part * PartLines;
        var count = (int)Math.Min(PartLines, _outline!.Lines - first);
        var lines = new List<LogViewLine>(request.Count);
        for (var at = request.StartIndex; at < Math.Min(request.StartIndex + request.Count, count);)
        {
            var line = first + at;
            var block = await BlockAsync(line / BlockLines, request.CancellationToken);
            var within = (int)(line % BlockLines);
            if (within >= block.Count) break;
            var taken = Math.Min(block.Count - within, request.StartIndex + request.Count - at);
            lines.AddRange(block.Skip(within).Take(taken));
            at += taken;
        }
        return new ItemsProviderResult<LogViewLine>(lines, count);
    }

    /// <summary>A thousand lines; the last thirty such blocks are kept.</summary>
    private async Task<IReadOnlyList<LogViewLine>> BlockAsync(long number, CancellationToken cancellationToken)
    {
        if (_blocks.TryGetValue(number, out var known)) return known;
        var block = await Stored.LinesAsync(EvidenceId, File!, number * BlockLines + 1, (number + 1) * BlockLines, cancellationToken);
        if (_blocks.TryAdd(number, block)) _order.Enqueue(number);
        if (_order.Count > MostBlocks) _blocks.Remove(_order.Dequeue());
        return block;
    }

    /// <summary>The search stays.</summary>
    private string MatchLink(long line) => $"{CiLinks.Log(EvidenceId, File!, line)}&q={Uri.EscapeDataString(Query ?? "")}{(_regex ? "&regex=true" : "")}";

    private static string Cut(string text) => text.Length > LongestMatch ? text[..LongestMatch] + "…" : text;
}
