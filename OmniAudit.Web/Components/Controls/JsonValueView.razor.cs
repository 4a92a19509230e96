using System.Text.Json;
using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A JSON value for reading: names and values, whole, with nothing hidden.</summary>
public sealed partial class JsonValueView
{
    [Parameter, EditorRequired] public JsonElement Value { get; set; }
}
