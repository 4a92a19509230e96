using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Approves in advance what is like this request. At first it covers exactly this once; everything broader is the person's own choice.</summary>
public sealed partial class StandingRuleForm
{
    private List<Argument> _arguments = [];
    private string? _shown;
    private string _target = "";
    private int _hours = 1;
    private int _uses = 1;
    private bool _busy;
    private string _error = "";
    private StandingRule? _made;

    [Parameter, EditorRequired] public ApprovalDetail Detail { get; set; } = null!;
    [Parameter, EditorRequired] public CatalogTool Tool { get; set; } = null!;
    [Parameter] public bool Disabled { get; set; }
    [Parameter, EditorRequired] public Func<StandingRuleRequest, Task<(StandingRule? Rule, string Error)>> Make { get; set; } = null!;

    private enum Must { Same = 1, Like = 2, Differ = 3 }

    /// <summary>One argument of the tool; without a value when this request does not give it.</summary>
    private sealed class Argument(string name, JsonElement? value)
    {
        public string Name => name;
        public JsonElement? Value => value;
        public Must Must { get; set; } = Must.Same;
        public bool CanBeLike => value is { ValueKind: JsonValueKind.String } text && text.GetString()!.Length <= 500;
        public string Pattern { get; set; } = value is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

        public JsonObject? Condition => Must switch
        {
            Must.Differ => null,
            Must.Like => new JsonObject { ["like"] = Pattern },
            _ when value is { } given => new JsonObject { ["is"] = JsonNode.Parse(given.GetRawText()) },
            _ => new JsonObject { ["absent"] = true },
        };
    }

    protected override void OnParametersSet()
    {
        if (_shown == Detail.PayloadSha256) return;
        _shown = Detail.PayloadSha256;
        _target = Detail.Summary.Target;
        using var json = JsonDocument.Parse(Detail.Payload);
        _arguments = [.. json.RootElement.EnumerateObject().Select(p => new Argument(p.Name, p.Value.Clone()))];
        _arguments.AddRange(ToolFormField.Of(Tool.InputSchema).Select(f => f.Name).Except(_arguments.Select(a => a.Name)).Select(n => new Argument(n, null)).ToList());
    }

    private async Task MakeAsync()
    {
        if (_busy) return;
        (_busy, _error, _made) = (true, "", null);
        try
        {
            var pinned = new JsonObject();
            foreach (var argument in _arguments)
                if (argument.Condition is { } condition) pinned[argument.Name] = condition;
            (_made, _error) = await Make(new StandingRuleRequest(
                Detail.Summary.RequesterSubject, Detail.Summary.RequesterName, Detail.Summary.Tool, _target.Trim(), JsonSerializer.SerializeToElement(pinned), TimeSpan.FromHours(_hours), _uses));
        }
        finally
        {
            _busy = false;
        }
    }
}
