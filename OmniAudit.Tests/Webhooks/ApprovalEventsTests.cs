using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Approvals;

namespace OmniAudit.Tests.Webhooks;

/// <summary>Every step of a request reaches the receiver, through the real server.</summary>
public sealed class ApprovalEventsTests : ProbeWorld
{
    private readonly Receiver _receiver = Receiver.StartAsync().GetAwaiter().GetResult();

    protected override void Configure(OmniAuditOptions options)
    {
        base.Configure(options);
        options.Webhooks.Urls = [_receiver.Url("hook")];
        options.Webhooks.Secret = WebhookWorld.Secret;
        options.Policy.UrlAllowlist = [_receiver.Authority];
    }

    [Fact]
    public async Task Requests_OfEveryFate_AreToldInOrder()
    {
        var (executed, _) = await AskAsync("secret payload text");
        await App.DecideAsync(executed, Decision.Approve);
        await App.WaitForStateAsync(executed, ApprovalState.Executed);
        var (unknown, _) = await AskAsync("break");
        await App.DecideAsync(unknown, Decision.Approve);
        await App.WaitForStateAsync(unknown, ApprovalState.Unknown);
        var (failed, _) = await AskAsync("refuse");
        await App.DecideAsync(failed, Decision.Approve);
        await App.WaitForStateAsync(failed, ApprovalState.Failed);
        var (denied, _) = await AskAsync("denied");
        await App.DecideAsync(denied, Decision.Deny, "secret reason");
        var (cancelled, _) = await AskAsync("cancelled");
        await App.Get<ApprovalDesk>().WithdrawAsync(cancelled, "secret reason", Ben, CancellationToken.None);
        var (expired, token) = await AskAsync("expired");
        App.Time.Advance(TimeSpan.FromSeconds(App.Options.Approvals.TtlSeconds + 1));
        await RepeatAsync("expired", token);

        var all = await _receiver.WaitAsync("hook", 15);
        var told = all.Select(a => JsonDocument.Parse(a.Body).RootElement).ToLookup(e => e.GetProperty("data").GetProperty("approval_id").GetString(), e => e.GetProperty("type").GetString());
        Assert.Equal(["approval.created", "approval.decided", "approval.executed"], told[executed]);
        Assert.Equal(["approval.created", "approval.decided", "approval.unknown"], told[unknown]);
        Assert.Equal(["approval.created", "approval.decided", "approval.failed"], told[failed]);
        Assert.Equal(["approval.created", "approval.decided"], told[denied]);
        Assert.Equal(["approval.created", "approval.cancelled"], told[cancelled]);
        Assert.Equal(["approval.created", "approval.expired"], told[expired]);
        Assert.All(all, a => Assert.DoesNotContain("secret", a.Text, StringComparison.Ordinal));
        await _receiver.DisposeAsync();
    }
}
