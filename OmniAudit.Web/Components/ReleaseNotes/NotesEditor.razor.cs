using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.ReleaseNotes;

/// <summary>A text of notes to be changed, with its look beside it. What was typed stays until it is saved or left.</summary>
public sealed partial class NotesEditor
{
    private ElementReference _heading;
    private string _text = "";
    private string _message = "";
    private bool _busy;

    /// <summary>What the editing begins with; later changes of it are not taken over.</summary>
    [Parameter, EditorRequired] public string Text { get; set; } = "";

    /// <summary>The newest version there is.</summary>
    [Parameter, EditorRequired] public int Newest { get; set; }

    /// <summary>Saves the text; why it was not, or null.</summary>
    [Parameter, EditorRequired] public Func<string, Task<string?>> Save { get; set; } = null!;

    /// <summary>Saved or left.</summary>
    [Parameter] public EventCallback Close { get; set; }

    protected override void OnInitialized() => _text = Text;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && RendererInfo.IsInteractive) await _heading.FocusAsync();
    }

    private async Task SaveAsync()
    {
        if (_busy) return;
        (_busy, _message) = (true, "");
        try
        {
            if (await Save(_text) is { } why) _message = why;
            else await Close.InvokeAsync();
        }
        finally
        {
            _busy = false;
        }
    }
}
