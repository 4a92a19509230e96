namespace OmniAudit.Web.Components.Controls;

/// <summary>One tick a second for everything on a page that shows time; runs only while something listens.</summary>
public sealed class PageClock(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private Action? _listeners;
    private ITimer? _timer;

    public DateTimeOffset Now => time.GetUtcNow();

    public void Subscribe(Action listener)
    {
        lock (_lock)
        {
            _listeners += listener;
            _timer ??= time.CreateTimer(_ => _listeners?.Invoke(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }
    }

    public void Unsubscribe(Action listener)
    {
        lock (_lock)
        {
            _listeners -= listener;
            if (_listeners is not null) return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    public void Dispose() => _timer?.Dispose();
}
