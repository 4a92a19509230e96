using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Two texts compared line by line: what was removed and what was added, by sign, word and colour.</summary>
public sealed partial class DiffView
{
    /// <summary>Longer runs of equal lines are folded, not left out.</summary>
    private const int Context = 6;

    [Parameter, EditorRequired] public string Before { get; set; } = "";
    [Parameter, EditorRequired] public string After { get; set; } = "";

    private static List<List<DiffLine>> Runs(string before, string after)
    {
        var runs = new List<List<DiffLine>>();
        foreach (var line in TextDiff.Lines(before, after))
        {
            if (runs.Count == 0 || (runs[^1][0].Kind == DiffKind.Same) != (line.Kind == DiffKind.Same)) runs.Add([]);
            runs[^1].Add(line);
        }
        return runs;
    }

    private static RenderFragment Text(DiffLine line) => builder =>
    {
        foreach (var (text, changed) in line.Words)
        {
            if (changed)
            {
                builder.OpenElement(0, line.Kind == DiffKind.Added ? "ins" : "del");
                FaithfulText.Write(builder, text);
                builder.CloseElement();
            }
            else FaithfulText.Write(builder, text);
        }
    };

    private static string Css(DiffKind kind) => kind switch { DiffKind.Added => "added", DiffKind.Removed => "removed", _ => "same" };

    private static string Sign(DiffKind kind) => kind switch { DiffKind.Added => "+", DiffKind.Removed => "−", _ => " " };

    private static string Word(DiffKind kind) => kind switch { DiffKind.Added => "added: ", DiffKind.Removed => "removed: ", _ => "" };
}
