using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Scans;

/// <summary>A draft of an issue that a person completes and sends into the approval queue, by the same tool as an agent.</summary>
public sealed partial class IssueDraftForm
{
    private string _repo = "", _title = "", _labels = "", _body = "";
    private IReadOnlyList<string> _repositories = [];
    private IssueDraft? _given;
    private ToolOutcome? _outcome;
    private bool _sending;

    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [Parameter, EditorRequired] public string Title { get; set; } = "";
    [Parameter, EditorRequired] public string Body { get; set; } = "";
    [Parameter] public string Labels { get; set; } = "";

    /// <summary>Why this person may not; null when they may.</summary>
    [Parameter] public string? Obstacle { get; set; }

    /// <summary>Calls auditlens.create_issue with these arguments in the person's name.</summary>
    [Parameter, EditorRequired] public Func<JsonElement, Task<ToolOutcome?>> Send { get; set; } = null!;

    protected override void OnParametersSet()
    {
        _repositories = [.. Options.Policy.RepoWriteAllowlist.Select(r => r.Trim()).Where(r => r.Length > 0)];
        var given = new IssueDraft(Title, Body, Labels);
        if (_given == given) return;
        (_given, _title, _body, _labels) = (given, Title, Body, Labels);
        if (_repositories is [var only]) _repo = only;
    }

    private async Task SendAsync()
    {
        if (_sending) return;
        (_sending, _outcome) = (true, null);
        try
        {
            _outcome = await Send(JsonSerializer.SerializeToElement(new
            {
                repo = _repo, title = _title, body = _body, labels = _labels.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            }));
        }
        finally
        {
            _sending = false;
        }
    }

    private IEnumerable<FieldError> ErrorsOf(string field) =>
        (_outcome as ToolOutcome.Refused)?.Errors.Where(e => e.Field == field || e.Field.StartsWith(field + "[", StringComparison.Ordinal)) ?? [];

    private string Error(string field) => string.Join(' ', ErrorsOf(field).Select(e => $"{char.ToUpperInvariant(field[0])}{field[1..]} {e.Message}"));

    private string? Invalid(string field) => ErrorsOf(field).Any() ? "true" : null;
}
