using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A page that reads its state from the store, again whenever something it shows has changed.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    /// <summary>Changes come in bursts (a scan reports every step): one read answers all that arrive within this time.</summary>
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(150);

    private readonly CancellationTokenSource _left = new();
    private IDisposable? _subscription;
    private ITimer? _timer;
    private int _due;

    [Inject] protected ChangeFeed Changes { get; set; } = null!;
    [Inject] protected TimeProvider Time { get; set; } = null!;
    [Inject] private ConsoleSignIn SignIn { get; set; } = null!;
    [Inject] private AuditTrail Trail { get; set; } = null!;
    [CascadingParameter] private Task<AuthenticationState>? Authentication { get; set; }

    protected LivePage() => Left = _left.Token;

    /// <summary>Ends when the page is left. What still runs then may go on asking it.</summary>
    protected CancellationToken Left { get; }

    /// <summary>True while the page answers clicks; false in the first, static rendering.</summary>
    protected bool IsLive => RendererInfo.IsInteractive;

    /// <summary>The person at the page; null before the session is known.</summary>
    protected Actor? Person { get; private set; }

    /// <summary>What that person may do; it changes in the open page when an admin changes it.</summary>
    protected Role Role { get; private set; } = Role.Viewer;

    /// <summary>
    /// Who is at the page at this moment; null when the session has ended. Ask before anything is done in the person's
    /// name: the store is asked, because sessions end while pages stay open.
    /// </summary>
    protected async Task<Actor?> CurrentPersonAsync() =>
        Authentication is not null && (await Authentication).User is { } user && await SignIn.IsCurrentAsync(user, Left) ? ConsoleSession.ActorOf(user) : null;

    /// <summary>Why the person may not do what needs a role, in words to show; null when they may. The desks check it again.</summary>
    protected string? WhyNot(Role need, string doing) => Role.WhyNot(need, doing);

    /// <summary>Does what is no tool call in a person's name, with a row in the audit log, also when it is refused.</summary>
    /// <param name="deed">Like a tool's name: <c>adminops.tag_event</c>.</param>
    protected async Task<T> RecordedAsync<T>(string deed, Actor by, Func<Task<T>> act)
    {
        try
        {
            var done = await act();
            await Trail.RecordAsync(deed, by, "", "console");
            return done;
        }
        catch (IdentityRefusedException refused)
        {
            await Trail.RecordAsync(deed, by, "", "console", refused.Message);
            throw;
        }
    }

    /// <inheritdoc cref="RecordedAsync{T}"/>
    protected Task RecordedAsync(string deed, Actor by, Func<Task> act) => RecordedAsync(deed, by, async () => { await act(); return true; });

    /// <summary>True when the page shows what changed.</summary>
    protected abstract bool Concerns(Change change);

    /// <summary>Reads what the page shows.</summary>
    protected abstract Task LoadAsync();

    /// <summary>How often the page looks anew by itself; by default only when something that concerns it changed.</summary>
    protected virtual TimeSpan Every => Timeout.InfiniteTimeSpan;

    protected override async Task OnParametersSetAsync()
    {
        var user = Authentication is null ? null : (await Authentication).User;
        (Person, Role) = user is null ? (null, Role.Viewer) : (ConsoleSession.ActorOf(user), ConsoleSession.RoleOf(user) ?? Role.Viewer);
        if (_subscription is null && IsLive)
        {
            _timer = Time.CreateTimer(_ => Refresh(), null, Every, Every);
            // Before the first read: what changes between the two is read again.
            _subscription = Changes.Subscribe(OnChange);
        }
        await LoadAsync();
    }

    private void OnChange(Change change)
    {
        if (Concerns(change) && Interlocked.Exchange(ref _due, 1) == 0) _timer?.Change(Debounce, Every);
    }

    private void Refresh()
    {
        Volatile.Write(ref _due, 0);
        if (_left.IsCancellationRequested) return;
        _ = InvokeAsync(async () =>
        {
            try
            {
                await LoadAsync();
                StateHasChanged();
            }
            catch (OperationCanceledException) when (_left.IsCancellationRequested)
            {
                // The page was left while it read.
            }
            catch (Exception failure)
            {
                await DispatchExceptionAsync(failure);
            }
        });
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _left.IsCancellationRequested) return;
        _left.Cancel();
        _subscription?.Dispose();
        _timer?.Dispose();
        _left.Dispose();
    }
}
