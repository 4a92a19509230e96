using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Admin;

/// <summary>A question about the events that a page shows, and its answer. Works without a model, and says so.</summary>
public sealed partial class AskPanel
{
    private string _question = "";
    private string _error = "";
    private string? _busy;
    private EventAnswer? _answer;
    private ModelPrompt? _preview;
    private bool _previewed;
    private IReadOnlyList<string> _active = [];

    [Inject] private EventQuestions Questions { get; set; } = null!;

    /// <summary>The filters that are active beside the question.</summary>
    [Parameter, EditorRequired] public EventQuery Query { get; set; } = new();

    /// <summary>Opens an event, by its id.</summary>
    [Parameter] public EventCallback<string> OnOpen { get; set; }

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync()
    {
        _active = QueryWords.Of(Query);
        return Task.CompletedTask;
    }

    private Task AskAsync() => DoAsync("ask", async person =>
    {
        (_answer, _preview, _previewed) = (null, null, false);
        _answer = await RecordedAsync("adminops.ask", person, () => Questions.AskAsync(_question, Query, person, Left));
    });

    private Task PreviewAsync() => DoAsync("preview", async person =>
    {
        (_answer, _preview, _previewed) = (null, null, false);
        _preview = await Questions.PreviewAsync(_question, Query, person, Left);
        _previewed = true;
    });

    private async Task DoAsync(string what, Func<Modules.Tools.Actor, Task> act)
    {
        if (_busy is not null) return;
        (_busy, _error) = (what, "");
        StateHasChanged();
        try
        {
            if (await CurrentPersonAsync() is { } person) await act(person);
            else _error = "Your session has ended. Sign in again.";
        }
        catch (EventQueryException refused)
        {
            _error = refused.Message;
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

    private void Clear() => (_question, _error, _answer, _preview, _previewed) = ("", "", null, null, false);
}
