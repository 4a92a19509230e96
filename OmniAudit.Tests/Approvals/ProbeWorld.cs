using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>The real server with people who decide about the probe's notes.</summary>
public abstract class ProbeWorld : IAsyncLifetime
{
    protected static readonly Actor Ada = TestApp.Approver;
    protected static readonly Actor Ben = new(ActorKind.Person, "person:opr_ben", "Ben");
    protected static readonly Actor Cid = new(ActorKind.Person, "person:opr_cid", "Cid");

    private protected TestApp App { get; private set; } = null!;

    protected ProbeEffects Effects => App.Get<ProbeEffects>();

    protected virtual void Configure(OmniAuditOptions options) => options.RateLimits.WritesPerMinute = 10_000;

    public async Task InitializeAsync()
    {
        App = await TestApp.StartAsync(Configure);
        await App.AddPersonAsync(Ben, "maintainers");
        await App.AddPersonAsync(Cid, "security");
    }

    public Task DisposeAsync() => App.DisposeAsync().AsTask();

    protected async Task<JsonElement> CallAsync(object arguments) => (await App.CallAsync("probe.write_note", arguments)).GetProperty("structuredContent");

    protected async Task<(string Id, string Token)> AskAsync(string text)
    {
        var answer = await CallAsync(new { text });
        return (IdOf(answer), answer.GetProperty("confirmation_token").GetString()!);
    }

    protected static string IdOf(JsonElement answer) => answer.GetProperty("approval").GetProperty("id").GetString()!;

    protected Task<JsonElement> RepeatAsync(string text, string token) => CallAsync(new { text, confirmation_token = token });

    protected async Task<ApprovalDetail> CardAsync(string id) => (await App.Get<ApprovalQueries>().FindAsync(id, CancellationToken.None))!;

    /// <summary>Oldest first.</summary>
    protected async Task<IReadOnlyList<ReceiptItem>> ReceiptsAsync(string id) =>
        [.. (await App.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 50, CancellationToken.None)).Items.Reverse()];

    protected static ApprovalRule Rule(string text) => ApprovalRule.Parse(text) is { Rule: { } rule } ? rule : throw new ArgumentException(ApprovalRule.Parse(text).Error);
}
