using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Triage;

/// <summary>The proven patch of a finding, or why there is none, by the same tool as an agent's. Asked for by a click: it reads from GitHub.</summary>
public sealed partial class PatchPreview
{
    private const string Tool = "auditlens.propose_patch";

    private (string Repo, string FindingId) _of;
    private Proposal? _patch;
    private ToolOutcome? _outcome;
    private bool _asking;

    /// <summary>owner/name.</summary>
    [Parameter, EditorRequired] public string Repo { get; set; } = "";
    [Parameter, EditorRequired] public string FindingId { get; set; } = "";

    private sealed record Proposal(string File, string? Diff, string Proof, string Description, bool IsCut, string Code, string Reason);

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync()
    {
        if (_of != (Repo, FindingId)) (_of, _patch, _outcome) = ((Repo, FindingId), null, null);
        return Task.CompletedTask;
    }

    private async Task ProposeAsync()
    {
        if (_asking) return;
        (_asking, _outcome) = (true, null);
        StateHasChanged();
        try
        {
            var outcome = await RunAsync(Tool, new { repo = Repo, finding_id = FindingId });
            if (outcome is ToolOutcome.Succeeded done) _patch = Of(done.Result);
            else _outcome = outcome;
        }
        finally
        {
            _asking = false;
        }
    }

    private static Proposal Of(JsonElement result)
    {
        return new Proposal(Text("target_file"), result.TryGetProperty("diff_preview", out var diff) ? diff.GetString()!.TrimEnd('\n') : null, Text("proof"), Text("description"), result.TryGetProperty("cut_at", out _), Text("code"), Text("reason"));

        string Text(string name) => result.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
    }

    /// <summary>The lines with their signs. Before the first hunk stand the names of the file, which begin like changed lines.</summary>
    private static IEnumerable<(string Sign, string Line)> LinesOf(string diff)
    {
        var inHunk = false;
        foreach (var line in diff.Split('\n'))
        {
            inHunk |= line.StartsWith("@@", StringComparison.Ordinal);
            yield return (inHunk && line.Length > 0 ? line[0] switch { '+' => "+", '-' => "−", _ => " " } : " ", line);
        }
    }

    private static string Css(string sign) => sign switch { "+" => "added", "−" => "removed", _ => "same" };

    private static string Word(string sign) => sign switch { "+" => "added: ", "−" => "removed: ", _ => "" };
}
