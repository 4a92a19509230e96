using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Rules;

namespace OmniAudit.Web.Components.AdminRules;

/// <summary>Tries a rule on the events that are stored.</summary>
public sealed partial class BackTestPanel : IDisposable
{
    private DateTime _from, _to;
    private BackTestProgress _progress = new(0, 0, 0);
    private BackTest? _result;
    private CancellationTokenSource? _running;
    private bool _stopped, _gone;
    private long _shownAt;

    [Inject] private EventRules Rules { get; set; } = null!;
    [Inject] private TimeProvider Time { get; set; } = null!;

    /// <summary>The rule as it stands in the form.</summary>
    [Parameter, EditorRequired] public Func<EventRuleRequest> Request { get; set; } = null!;
    [Parameter, EditorRequired] public Action<RuleRefusedException> Refused { get; set; } = null!;
    [Parameter] public EventCallback Tested { get; set; }

    protected override void OnInitialized() => (_from, _to) = (Time.GetUtcNow().UtcDateTime.Date.AddDays(-29), Time.GetUtcNow().UtcDateTime.Date);

    public void Dispose()
    {
        _gone = true;
        _running?.Cancel();
    }

    private void Stop() => _running?.Cancel();

    private async Task RunAsync()
    {
        using var stop = new CancellationTokenSource();
        (_running, _stopped, _result, _progress) = (stop, false, null, new(0, 0, 0));
        try
        {
            var (request, from, to) = (Request(), Utc(_from), Utc(_to).AddDays(1));
            // The store is read on other threads: the page stays alive.
            _result = await Task.Run(() => Rules.BackTestAsync(request, from, to, Report, stop.Token), stop.Token);
            await Tested.InvokeAsync();
        }
        catch (RuleRefusedException refused)
        {
            Refused(refused);
        }
        catch (OperationCanceledException)
        {
            _stopped = !_gone;
        }
        finally
        {
            _running = null;
        }
    }

    private void Report(BackTestProgress progress)
    {
        _progress = progress;
        if (_gone || (Time.GetElapsedTime(Interlocked.Read(ref _shownAt)) is { TotalMilliseconds: < 200 } && _shownAt != 0)) return;
        Interlocked.Exchange(ref _shownAt, Time.GetTimestamp());
        _ = InvokeAsync(StateHasChanged);
    }

    private static DateTimeOffset Utc(DateTime day) => new(DateTime.SpecifyKind(day.Date, DateTimeKind.Utc));
}
