using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Admin;

/// <summary>A property before and after, side by side; what differs is struck out on one side and underlined on the other, and said to screen readers.</summary>
public sealed partial class EventChangeView
{
    /// <summary>Longer values are cut here; the record has them whole.</summary>
    private const int Longest = 20_000;

    private IReadOnlyList<DiffLine> _lines = [];
    private EventChange? _compared;

    [Parameter, EditorRequired] public EventChange Change { get; set; } = new("", null, null);

    private string What => (Change.Old, Change.New) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) => Change.Old == Change.New ? "did not change" : "changed",
        (_, { Length: > 0 }) => "was empty, is set",
        ({ Length: > 0 }, _) => "was set, is empty",
        _ => "is empty before and after",
    };

    protected override void OnParametersSet()
    {
        if (_compared == Change) return;
        _compared = Change;
        _lines = TextDiff.Lines(Cut(AuditWords.Pretty(Change.Old ?? "")), Cut(AuditWords.Pretty(Change.New ?? "")));
    }

    private static string Cut(string text) => text.Length > Longest ? text[..Longest] + "\n… cut here; the record has it whole" : text;

    /// <summary>Nothing took the place of the lines around this one: all of them are new, or gone, and none of their words says so.</summary>
    private bool StandsAlone(int at)
    {
        var (first, last) = (at, at);
        while (first > 0 && _lines[first - 1].Kind != DiffKind.Same) first--;
        while (last < _lines.Count - 1 && _lines[last + 1].Kind != DiffKind.Same) last++;
        return _lines[first].Kind == _lines[last].Kind;
    }

    private RenderFragment Side(DiffKind side, string? value) => builder =>
    {
        if (string.IsNullOrEmpty(value))
        {
            builder.OpenElement(0, "p");
            builder.AddAttribute(1, "class", "quiet");
            builder.AddContent(2, value is null ? "nothing" : "empty text");
            builder.CloseElement();
            return;
        }
        builder.OpenElement(3, "pre");
        builder.AddAttribute(4, "class", "block");
        var first = true;
        for (var i = 0; i < _lines.Count; i++)
        {
            var line = _lines[i];
            if (line.Kind != DiffKind.Same && line.Kind != side) continue;
            if (!first) builder.AddContent(5, "\n");
            first = false;
            var whole = line.Kind != DiffKind.Same && StandsAlone(i);
            foreach (var (text, changed) in line.Words)
            {
                if (!changed && !whole)
                {
                    FaithfulText.Write(builder, text);
                    continue;
                }
                builder.OpenElement(6, side == DiffKind.Added ? "ins" : "del");
                builder.AddMarkupContent(7, side == DiffKind.Added ? "<span class=\"sr\">added: </span>" : "<span class=\"sr\">removed: </span>");
                FaithfulText.Write(builder, text);
                builder.CloseElement();
            }
        }
        builder.CloseElement();
    };
}
