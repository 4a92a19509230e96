using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Admin;

/// <summary>The explanation of an event, asked for by a click. Works without a model, and says so.</summary>
public sealed partial class ExplainPanel
{
    private const string Gone = "This event is no longer stored.";

    private string _of = "";
    private string _error = "";
    private string? _busy;
    private Explanation? _explanation;
    private ModelPrompt? _preview;

    [Inject] private EventExplainer Explainer { get; set; } = null!;
    [Inject] private EventQuestions Questions { get; set; } = null!;

    [Parameter, EditorRequired] public string EventId { get; set; } = "";

    /// <summary>Opens another event, by its id.</summary>
    [Parameter] public EventCallback<string> OnOpen { get; set; }

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync()
    {
        if (_of != EventId) (_of, _error, _explanation, _preview) = (EventId, "", null, null);
        return Task.CompletedTask;
    }

    private Task ExplainAsync() => DoAsync("explain", async (id, person) =>
    {
        var explanation = await RecordedAsync("adminops.ask", person, () => Explainer.ExplainAsync(id, person, Left));
        // Another event may be shown by now.
        if (id == _of) (_explanation, _error) = (explanation, explanation is null ? Gone : "");
    });

    private Task PreviewAsync() => DoAsync("preview", async (id, person) =>
    {
        var preview = await Explainer.PreviewAsync(id, person, Left);
        if (id == _of) (_preview, _error) = (preview, preview is null ? Gone : "");
    });

    private async Task DoAsync(string what, Func<string, Modules.Tools.Actor, Task> act)
    {
        if (_busy is not null) return;
        (_busy, _error, _explanation, _preview) = (what, "", null, null);
        StateHasChanged();
        try
        {
            if (await CurrentPersonAsync() is { } person) await act(EventId, person);
            else _error = "Your session has ended. Sign in again.";
        }
        catch (IdentityRefusedException refused)
        {
            _error = refused.Message;
        }
        finally
        {
            _busy = null;
        }
    }
}
