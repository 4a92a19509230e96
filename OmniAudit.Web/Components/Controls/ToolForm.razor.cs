using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A form made from a tool's input schema. Keeps what was typed whatever the answer is.</summary>
public sealed partial class ToolForm
{
    private const string TrueText = "true";
    private const string FalseText = "false";

    private IReadOnlyList<ToolFormField> _fields = [];
    private JsonElement _shown;

    /// <summary>The closed object schema of the arguments.</summary>
    [Parameter, EditorRequired] public JsonElement Schema { get; set; }

    /// <summary>What the last call said about single arguments; shown at their fields.</summary>
    [Parameter] public IReadOnlyList<FieldError> Errors { get; set; } = [];

    /// <summary>The arguments of an earlier call, which stand in the fields at first.</summary>
    [Parameter] public JsonElement? Given { get; set; }

    [Parameter] public bool Disabled { get; set; }
    [Parameter] public string Verb { get; set; } = "Run";

    /// <summary>Gets the arguments.</summary>
    [Parameter] public EventCallback<JsonElement> Submit { get; set; }

    protected override void OnParametersSet()
    {
        if (_shown.ValueKind != JsonValueKind.Undefined && JsonElement.DeepEquals(_shown, Schema)) return;
        _shown = Schema;
        _fields = ToolFormField.Of(Schema);
        if (Given is not { ValueKind: JsonValueKind.Object } given) return;
        foreach (var field in _fields)
        {
            if (given.TryGetProperty(field.Name, out var value)) field.Fill(value);
        }
    }

    private Task SubmitAsync() => Submit.InvokeAsync(ToolFormField.Arguments(_fields));

    private IReadOnlyList<FieldError> ErrorsOf(ToolFormField field) =>
        [.. Errors.Where(e => e.Field == field.Name || e.Field.StartsWith(field.Name + "[", StringComparison.Ordinal) || e.Field.StartsWith(field.Name + ".", StringComparison.Ordinal))];

    /// <summary>The entry, counted as people count, for an error inside a list.</summary>
    private static string ErrorText(ToolFormField field, FieldError error) =>
        error.Field.Length > field.Name.Length + 2 && int.TryParse(error.Field[(field.Name.Length + 1)..].Split(']')[0], out var index) ? $"Line {index + 1} {error.Message}" : error.Message;

    private static string Id(ToolFormField field) => "arg-" + field.Name;

    private string Described(ToolFormField field) => ErrorsOf(field).Count > 0 ? $"{Id(field)}-error {Id(field)}-hint" : $"{Id(field)}-hint";

    private static string? Invalid(IReadOnlyList<FieldError> errors) => errors.Count > 0 ? "true" : null;

    private static string? Required(ToolFormField field) => field.Required ? "true" : null;
}
