using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A moment as people say it, with the exact one on hover; goes on counting while the page is open.</summary>
public sealed partial class RelativeTime : IDisposable
{
    private string _text = "";
    private bool _subscribed;

    [Inject] private PageClock Clock { get; set; } = null!;

    [Parameter, EditorRequired] public DateTimeOffset At { get; set; }

    /// <summary>Counts down in minutes and seconds; for what is about to expire.</summary>
    [Parameter] public bool Live { get; set; }

    private bool Soon => At - Clock.Now < TimeSpan.FromMinutes(1);

    protected override void OnParametersSet()
    {
        _text = Text();
        if (_subscribed || !RendererInfo.IsInteractive) return;
        _subscribed = true;
        Clock.Subscribe(OnTick);
    }

    private void OnTick()
    {
        var text = Text();
        if (text == _text) return;
        _text = text;
        _ = InvokeAsync(StateHasChanged);
    }

    private string Text() => Live ? Countdown(At - Clock.Now) : Say(At, Clock.Now);

    internal static string Countdown(TimeSpan left) => left <= TimeSpan.Zero ? "now" : left switch
    {
        { TotalHours: >= 48 } => $"{(int)left.TotalDays} d",
        { TotalMinutes: >= 60 } => $"{(int)left.TotalHours} h {left.Minutes} min",
        _ => $"{(int)left.TotalMinutes}:{left.Seconds:00}",
    };

    internal static string Say(DateTimeOffset at, DateTimeOffset now)
    {
        var distance = (now - at).Duration();
        if (distance < TimeSpan.FromSeconds(5)) return "now";
        var amount = distance switch
        {
            { TotalSeconds: < 60 } => $"{(int)distance.TotalSeconds} s",
            { TotalMinutes: < 60 } => $"{(int)distance.TotalMinutes} min",
            { TotalHours: < 48 } => $"{(int)distance.TotalHours} h",
            { TotalDays: < 60 } => $"{(int)distance.TotalDays} d",
            _ => "",
        };
        if (amount.Length == 0) return at.ToString("yyyy-MM-dd");
        return at <= now ? amount + " ago" : "in " + amount;
    }

    public void Dispose()
    {
        if (_subscribed) Clock.Unsubscribe(OnTick);
    }
}
