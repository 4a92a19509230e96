using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Who acted, by name with the subject small below; several are joined by commas. A subject without a name stays as it is.</summary>
public sealed partial class SubjectText
{
    [Parameter, EditorRequired] public string Subject { get; set; } = "";
    [Parameter, EditorRequired] public SubjectBook Book { get; set; } = SubjectBook.Empty;
}
